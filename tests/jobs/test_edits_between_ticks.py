"""What happens between a tick's look and its record is seen: no window twice, none lost."""

from dataclasses import replace
from functools import partial

import pytest

from shared.jobs.manage_exports import edit_export, stop_export
from shared.jobs.schedule import Tick, schedule
from shared.state import accounts
from shared.state.database import Database
from tests.domain.makers import HOUR, MINUTE, account, live, recurring, utc
from tests.jobs.ticks import (
    DAY,
    FIRST_DUE,
    ends_of,
    hours,
    runs_of,
    services_of,
    tick,
)
from tests.state.makers import (
    ACCOUNT,
    make_export,
)


@pytest.fixture
def services(database):
    return services_of(database)


class ReadsThenWaits(Database):
    """Lets something happen between the tick's look at the exports and what it does then."""

    def __init__(self, url, meanwhile):
        super().__init__(url)
        self.meanwhile = meanwhile

    def run(self, work):
        seen = super().run(work)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            assert len(seen) == 1
            meanwhile()
        return seen


def tick_late(state_url, now, meanwhile):
    """A tick that acts on what it read before `meanwhile` happened."""
    slow = ReadsThenWaits(state_url, meanwhile)
    done = schedule(services_of(slow), now)
    assert slow.meanwhile is None
    slow.close()
    return done


def test_an_export_that_is_stopped_in_the_middle_of_a_tick_gets_no_run(services, state_url):
    export = make_export(services.database)
    done = tick_late(state_url, FIRST_DUE, lambda: stop_export(services, ACCOUNT, export.export_id))
    assert done == Tick(0, 0, 0)
    assert runs_of(services.database, export) == []


def test_a_live_export_that_is_edited_in_the_middle_of_a_tick_has_no_overlap(services, state_url):
    services = replace(services, clock=lambda: utc("2026-11-20T00:07"))
    services.database.run(lambda c: accounts.put(c, account()))
    export = make_export(services.database, live(10 * MINUTE), account_id=1)
    now = utc("2026-11-20T00:13")
    change = partial(edit_export, services, 1, export.export_id, every=20 * MINUTE)
    assert tick_late(state_url, now, change) == Tick(0, 1, 0)
    tick(services, now + HOUR)
    starts = [run.window.start_at.minute for run in runs_of(services.database, export)]
    assert starts == [0, 7, 27, 47]


def test_an_export_whose_interval_changes_in_the_middle_of_a_tick_keeps_the_new_one(
    services, state_url
):
    services.database.run(lambda c: accounts.put(c, account()))
    export = make_export(services.database, recurring(24 * HOUR), account_id=1)
    change = partial(edit_export, services, 1, export.export_id, every=4 * HOUR)
    now = FIRST_DUE + DAY
    assert tick_late(state_url, now, change).runs_recorded == 0
    assert tick(services, now)[0].runs_recorded == 7
    assert ends_of(services.database, export) == hours(*range(4, 29, 4))
