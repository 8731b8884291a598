"""Whenever rows become visible, until the recount each of them comes into exactly one file."""

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.members import SYSTEM
from shared.jobs.recount import recount_due
from shared.jobs.replay import replay_run
from shared.state.exports import Export
from tests.jobs.house import House
from tests.jobs.oracle import assert_delivered, manifests, read
from tests.jobs.samples import ids
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE, event

pytestmark = pytest.mark.long

DELIVERED = MIDNIGHT + 24 * HOUR + 6 * MINUTE
RECOUNTED = DELIVERED + 24 * HOUR + MINUTE

# (when it arrives, how much later it is loaded, how many rows, how often each); in minutes.
LOADS = st.lists(
    st.tuples(
        st.integers(0, 24 * 60 - 1),
        st.one_of(st.just(0), st.integers(0, 24 * 60)),
        st.integers(1, 4),
        st.integers(1, 2),
    ),
    min_size=1,
    max_size=4,
)
Load = tuple[int, int, int, int]


@contextmanager
def new_house(template: Path) -> Iterator[House]:
    """A house with a copy of the tables, whose warehouse stays open."""
    with TemporaryDirectory() as folder:
        house = House(Path(folder), now=MIDNIGHT)
        shutil.copy(template, house.folder / "state.sqlite")
        with house.set_up().kept_open():
            yield house
        house.services.database.close()


@settings(max_examples=8, deadline=None)
@given(loads=LOADS, hours=st.sampled_from([8, 24]))
def test_every_row_that_is_there_at_the_recount_is_in_exactly_one_file(
    sqlite_template, loads, hours
):
    with new_house(sqlite_template) as house:
        export = house.recurring(hours=hours)
        expected = arrive(house, loads)
        recount(house, RECOUNTED)
        assert_delivered(house, export, expected)


@settings(max_examples=8, deadline=None)
@given(loads=LOADS, replayed=st.integers(0, 23 * 60), place=st.integers(0, 2))
def test_a_reader_of_newest_deliveries_and_their_supplements_finds_every_row_once(
    sqlite_template, loads, replayed, place
):
    with new_house(sqlite_template) as house:
        export = house.recurring(hours=8)
        replayed_at = DELIVERED + replayed * MINUTE

        def replay() -> None:
            deliver(house, replayed_at)
            replay_run(house.services, SYSTEM, 1, house.runs(export)[place].run_id)
            house.finish()

        expected = arrive(house, loads, until=replayed_at, then=replay)
        recount(house, replayed_at + 24 * HOUR + MINUTE)
        assert as_read(house, export) == Counter(expected)


def arrive(house: House, loads: list[Load], until: datetime = DELIVERED, then=None) -> list[str]:
    """Load the rows in the order in which they become visible; all ids, each once."""
    expected = []
    moments = sorted(loads, key=lambda each: each[0] + each[1])
    for place, (at, delay, rows, copies) in enumerate(moments):
        loaded_at = MIDNIGHT + (at + delay) * MINUTE
        if loaded_at >= DELIVERED:
            deliver(house, DELIVERED)
        if loaded_at >= until and then is not None:
            then()
            then = None
        deliver(house, loaded_at)
        arrived = {"ts": MIDNIGHT + at * MINUTE, "ingested_at": MIDNIGHT + at * MINUTE}
        batch = [event(place * 10 + number, **arrived) for number in range(rows)]
        house.load(batch * copies)
        expected += ids(batch)
    deliver(house, DELIVERED)
    if then is not None:
        then()
    return expected


def recount(house: House, now: datetime) -> None:
    deliver(house, now)
    recount_due(house.services, house.now)
    house.finish()


def deliver(house: House, now: datetime) -> None:
    """Deliver what is due at a moment."""
    house.now = max(house.now, now)
    house.finish()


def as_read(house: House, export: Export) -> Counter[str]:
    """How often a reader finds each row who goes by the manifests alone."""
    deliveries = [read(house, path) for path in manifests(house, export)]
    newest: dict[str, int] = {}
    for each in deliveries:
        manifest = each.manifest
        if manifest["kind"] != "supplement":
            window = str(manifest["window"])
            newest[window] = max(newest.get(window, 0), manifest["run_stamp"])
    found: Counter[str] = Counter()
    for each in deliveries:
        supplement = each.manifest["kind"] == "supplement"
        stamp = each.manifest["replaces" if supplement else "run_stamp"]
        if stamp in newest.values():
            found += each.markers
    return found
