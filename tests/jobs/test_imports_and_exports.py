"""Imports and exports side by side: export windows hold every imported row exactly once."""

import json
from collections import Counter
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.exports import Frequency
from shared.domain.import_states import ImportRunStatus
from tests.adapters.datasets import order
from tests.jobs.house import House
from tests.jobs.importing import (
    asked,
    connected,
    counted,
    finish_imports,
    importing,
    newest,
    run_of,
    with_limits,
    write_source,
)

MINUTE = timedelta(minutes=1)
MINUTES = st.integers(0, 40)


class Meanwhile:
    """The landing, while whose publish time goes on and exports run: before it, and after."""

    def __init__(self, house, before, after):
        self.house, self.before, self.after = house, before, after
        self.landing = house.services.landing
        self.published = 0

    def __getattr__(self, name):
        return getattr(self.landing, name)

    def publish(self, publish):
        # State knows of the publish already; its rows are not to be seen yet.
        self.pass_time(self.before)
        made = self.landing.publish(publish)
        self.published += 1
        # They are to be seen, and state has not heard of it.
        self.pass_time(self.after)
        return made

    def pass_time(self, minutes):
        self.house.now += minutes * MINUTE
        self.house.tick()
        self.house.drain()


steps = st.tuples(st.integers(0, 4), MINUTES, MINUTES, MINUTES)


@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(story=st.lists(steps, min_size=1, max_size=3), every=st.sampled_from([30, 60]))
def test_every_imported_row_is_in_exactly_one_window(tmp_path_factory, story, every):
    house = House(tmp_path_factory.mktemp("house")).set_up()
    with_limits(house, lease=timedelta(hours=9))
    # A short day: each window of it is a run.
    house.now = house.now.replace(hour=1)
    export = house.export(frequency=Frequency.LIVE, every=every * MINUTE, start_on=house.now.date())
    made = importing(house, connected(house))
    rows = []
    plain = house.services
    for count, before, after, pause in story:
        rows += [order(len(rows) + n) for n in range(count)]
        write_source(house, rows)
        run = asked(house, made)
        meanwhile = Meanwhile(house, before, after)
        house.services = house.with_(landing=meanwhile)
        house.drain()
        house.services = plain
        finish_imports(house)
        assert run_of(house, run).status is ImportRunStatus.DONE
        assert meanwhile.published == 1
        house.now += pause * MINUTE
        house.tick()
        house.drain()
    assert newest(house, made).status is ImportRunStatus.DONE
    wanted = {f"user-{n}": 1 for n in range(len(rows))}
    assert counted(house) == wanted
    house.now += 2 * every * MINUTE + timedelta(hours=1)
    house.finish()
    assert delivered(house, export) == wanted


def delivered(house, export):
    """How often each identity stands in the files of the export."""
    found = Counter()
    for path in house.bucket.glob(f"{export.export_id}-*.json"):
        lines = path.read_text("utf-8").splitlines()[1:]
        found.update(json.loads(line)["profile"]["identity"] for line in lines)
    return found
