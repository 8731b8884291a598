"""The tick: whatever happens to the scheduler, windows are recorded once, in order and all."""

from datetime import date
from functools import partial

import pytest

from shared.domain.runs import RunKind, RunStatus
from shared.jobs.manage_exports import stop_export
from shared.jobs.schedule import Tick
from shared.state import exports
from tests.domain.makers import HOUR, MINUTE, NOW, chosen, live, recurring, utc
from tests.jobs.ticks import (
    DAY,
    FIRST_DUE,
    SETTLE,
    ends_of,
    hours,
    read,
    run_message,
    runs_of,
    services_of,
    slice_message,
    tick,
)
from tests.state.makers import (
    ACCOUNT,
    LEASE,
    SECOND,
    WAIT,
    add_run,
    at_once,
    lease_run,
    lease_slice,
    make_export,
    processes_at_once,
    read_slice,
    writing_run,
)


@pytest.fixture
def services(database):
    return services_of(database)


def test_a_window_becomes_a_run_when_its_end_and_the_settle_delay_have_passed(services):
    export = make_export(services.database)
    assert tick(services, FIRST_DUE - SECOND) == (Tick(0, 0, 0), [])
    done, messages = tick(services, FIRST_DUE)
    (run,) = runs_of(services.database, export)
    assert (done, messages) == (Tick(1, 1, 0), [run_message(run)])
    assert (run.kind, run.status) == (RunKind.FIRST, RunStatus.PENDING)
    assert run.stamp == int(utc("2026-11-20T04:00").timestamp())
    after = read(services.database, export)
    assert [after.cursor_at, after.next_due_at - SETTLE] == hours(4, 8)


def test_a_live_window_waits_for_two_minutes(services):
    export = make_export(services.database, live(10 * MINUTE))
    due_at = utc("2026-11-20T00:12")
    assert tick(services, due_at - SECOND)[0] == Tick(0, 0, 0)
    assert tick(services, due_at)[0] == Tick(1, 1, 0)
    assert ends_of(services.database, export) == [utc("2026-11-20T00:10")]


def test_a_scheduler_that_was_down_for_three_windows_catches_up_window_by_window(services):
    export = make_export(services.database)
    tick(services, FIRST_DUE)
    done, messages = tick(services, FIRST_DUE + 3 * 4 * HOUR)
    made = runs_of(services.database, export)
    # The first run has waited for a planner all the time, so its message is sent again.
    assert done == Tick(3, 4, 0)
    assert messages == [run_message(run) for run in made]
    assert [run.window.end_at for run in made] == hours(4, 8, 12, 16)
    assert [run.stamp for run in made] == [int(end.timestamp()) for end in hours(4, 8, 12, 16)]
    assert [run.kind for run in made] == [RunKind.FIRST] + [RunKind.INCREMENTAL] * 3


def test_a_start_in_the_past_is_filled_in(services):
    export = make_export(services.database, recurring(24 * HOUR, start_on=date(2026, 9, 21)))
    assert tick(services, NOW)[0].runs_recorded == 60
    assert runs_of(services.database, export)[0].window.start_at == utc("2026-09-21T00:00")


def test_days_follow_the_local_midnight_when_the_clocks_change(services):
    spec = recurring(24 * HOUR, "Europe/Berlin", start_on=date(2026, 10, 24))
    export = make_export(services.database, spec)
    tick(services, utc("2026-10-27T12:00"))
    lengths = [
        run.window.end_at - run.window.start_at for run in runs_of(services.database, export)
    ]
    assert lengths == [24 * HOUR, 25 * HOUR, 24 * HOUR]


def test_a_second_tick_at_the_same_moment_does_nothing(services):
    make_export(services.database)
    tick(services, FIRST_DUE)
    assert tick(services, FIRST_DUE) == (Tick(0, 0, 0), [])


def test_ticks_at_once_end_in_the_same_runs_and_send_each_message_once(database):
    made = [make_export(database, account_id=number) for number in range(1, 6)]
    processes = [services_of(database) for _ in range(4)]
    now = FIRST_DUE + 2 * 4 * HOUR
    ticks = at_once(*[partial(tick, each, now) for each in processes])
    found = [run for export in made for run in runs_of(database, export)]
    assert [ends_of(database, export) for export in made] == [hours(4, 8, 12)] * 5
    assert sum(done.runs_recorded for done, _ in ticks) == 15
    sent = [message for _, messages in ticks for message in messages]
    assert sorted(sent, key=str) == sorted(map(run_message, found), key=str)


TICK = """
import sys
from shared.state.database import Database
from tests.domain.makers import HOUR
from tests.jobs.ticks import FIRST_DUE, services_of, tick
database = Database(sys.argv[1])
services = services_of(database)
print("ready", flush=True)
sys.stdin.readline()
done, messages = tick(services, FIRST_DUE + 5 * 4 * HOUR)
print(done.runs_recorded, len(messages))
database.close()
"""


def test_schedulers_in_two_processes_at_once_record_and_announce_each_run_once(database, state_url):
    made = [make_export(database, account_id=number) for number in range(1, 21)]
    said = [list(map(int, line.split())) for line in processes_at_once(2, TICK, state_url)]
    assert [sum(numbers) for numbers in zip(*said, strict=True)] == [120, 120]
    assert [ends_of(database, export) for export in made] == [hours(4, 8, 12, 16, 20, 24)] * 20


def test_a_clock_set_back_undoes_nothing_and_repeats_nothing(services):
    export = make_export(services.database)
    tick(services, FIRST_DUE + 8 * HOUR)
    before = read(services.database, export), runs_of(services.database, export)
    assert tick(services, FIRST_DUE - DAY) == (Tick(0, 0, 0), [])
    assert tick(services, FIRST_DUE) == (Tick(0, 1, 0), [run_message(before[1][0])])
    assert tick(services, FIRST_DUE + 8 * HOUR)[0].runs_recorded == 0
    assert read(services.database, export) == before[0]
    assert [run.window for run in runs_of(services.database, export)] == [
        run.window for run in before[1]
    ]


def test_a_run_whose_message_was_lost_is_sent_again_after_a_while(services):
    export = make_export(services.database)
    tick(services, FIRST_DUE)
    (run,) = runs_of(services.database, export)
    assert tick(services, FIRST_DUE + WAIT - SECOND) == (Tick(0, 0, 0), [])
    assert tick(services, FIRST_DUE + WAIT) == (Tick(0, 1, 0), [run_message(run)])
    assert tick(services, FIRST_DUE + WAIT + MINUTE) == (Tick(0, 0, 0), [])


def test_a_run_whose_planner_died_is_sent_again_when_its_lease_has_run_out(services):
    export = make_export(services.database)
    tick(services, FIRST_DUE)
    (run,) = runs_of(services.database, export)
    lease_run(services.database, run, FIRST_DUE + WAIT - MINUTE)
    held_until = FIRST_DUE + WAIT - MINUTE + LEASE
    assert tick(services, held_until - SECOND) == (Tick(0, 0, 0), [])
    assert tick(services, held_until) == (Tick(0, 1, 0), [run_message(run)])


def test_slices_are_sent_and_sent_again_when_their_message_or_their_worker_is_lost(services):
    later = make_export(services.database, recurring(start_on=date(2026, 12, 1)))
    run = writing_run(services.database, parts=2, export=later)
    both = [slice_message(run, 0), slice_message(run, 1)]
    assert tick(services, NOW) == (Tick(0, 0, 2), both)
    lease_slice(services.database, read_slice(services.database, run, 1), NOW + WAIT - MINUTE)
    assert tick(services, NOW + WAIT) == (Tick(0, 0, 1), both[:1])
    assert tick(services, NOW + WAIT - MINUTE + LEASE) == (Tick(0, 0, 1), both[1:])


def test_a_one_time_run_is_sent_although_its_export_has_no_windows(services):
    at = {"now": NOW, "cursor_at": None, "next_due_at": None}
    export = services.database.run(lambda c: exports.insert(c, ACCOUNT, chosen(), **at))
    run = add_run(services.database, export, kind=RunKind.ONE_TIME, due_at=NOW)
    assert tick(services, NOW) == (Tick(0, 1, 0), [run_message(run)])


def test_a_stopped_export_has_no_further_windows(services):
    export = make_export(services.database)
    tick(services, FIRST_DUE)
    assert stop_export(services, ACCOUNT, export.export_id) == 1
    assert tick(services, FIRST_DUE + DAY) == (Tick(0, 0, 0), [])
    assert ends_of(services.database, export) == hours(4)


def test_windows_beyond_the_limit_of_a_tick_follow_with_the_next_ones(database):
    services = services_of(database, windows_per_tick=3)
    first, second = make_export(database), make_export(database, account_id=8)
    now = FIRST_DUE + 6 * 4 * HOUR
    assert [tick(services, now + n * MINUTE)[0].runs_recorded for n in range(4)] == [6, 6, 2, 0]
    expected = hours(*range(4, 29, 4))
    assert [ends_of(database, first), ends_of(database, second)] == [expected, expected]


def test_exports_beyond_the_limit_of_a_tick_follow_and_the_longest_overdue_come_first(database):
    services = services_of(database, exports_per_tick=2)
    made = [make_export(database, recurring(every * HOUR)) for every in (8, 7, 6, 5, 4)]
    now = utc("2026-11-20T08:05")
    done = [tick(services, now + n * MINUTE)[0].runs_recorded for n in range(4)]
    assert done == [3, 2, 1, 0]
    assert [len(runs_of(database, export)) for export in made] == [1, 1, 1, 1, 2]


def test_more_runs_than_one_transaction_takes_are_all_recorded(services, monkeypatch):
    monkeypatch.setattr("shared.jobs.schedule.RUNS_PER_TRANSACTION", 4)
    made = [make_export(services.database, account_id=number) for number in range(1, 6)]
    assert tick(services, FIRST_DUE + 2 * 4 * HOUR)[0] == Tick(15, 15, 0)
    assert [len(runs_of(services.database, export)) for export in made] == [3] * 5
