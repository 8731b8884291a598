"""Whenever rows become visible, until the recount each of them comes into exactly one file."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.jobs.recount import recount_due
from tests.jobs.house import House
from tests.jobs.oracle import assert_delivered
from tests.jobs.samples import ids
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE, event

DELIVERED = MIDNIGHT + 24 * HOUR + 6 * MINUTE
RECOUNTED = DELIVERED + 24 * HOUR + MINUTE

# (when it arrives, how much later it is loaded, how many rows, how often each)
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


@settings(max_examples=8, deadline=None)
@given(loads=LOADS, hours=st.sampled_from([8, 24]))
def test_every_row_that_is_there_at_the_recount_is_in_exactly_one_file(loads, hours):
    with TemporaryDirectory() as folder:
        house = House(Path(folder), now=MIDNIGHT).set_up()
        export = house.recurring(hours=hours)
        expected = []
        batches = sorted(loads, key=lambda each: each[0] + each[1])
        steps = [(MIDNIGHT + (at + delay) * MINUTE, at, rows, copies)
                 for at, delay, rows, copies in batches]  # fmt: skip
        for place, (loaded_at, at, rows, copies) in enumerate(steps):
            if loaded_at >= DELIVERED > house.now:
                deliver(house, DELIVERED)
            deliver(house, loaded_at)
            arrived_at = MIDNIGHT + at * MINUTE
            batch = [
                event(place * 10 + n, ts=arrived_at, ingested_at=arrived_at) for n in range(rows)
            ]
            house.load(batch * copies)
            expected += ids(batch)
        deliver(house, max(house.now, DELIVERED))
        deliver(house, RECOUNTED)
        recount_due(house.services, house.now)
        house.finish()
        assert_delivered(house, export, expected)
        house.services.database.close()


def deliver(house: House, now) -> None:
    """Deliver what is due at a moment."""
    house.now = max(house.now, now)
    house.finish()
