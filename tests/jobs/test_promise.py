"""The promise of delivery holds, whatever happens in whatever order."""

from collections import Counter
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from shared.domain.members import SYSTEM, Role
from shared.jobs.manage_members import put_member
from tests.jobs.house import House
from tests.jobs.postbox import Mood
from tests.jobs.promise import Promise
from tests.warehouse_rows import event, load

pytestmark = pytest.mark.long

# What the suite tries; the profile of `make soak` asks for more.
EXAMPLES = 200
# What must have happened in some of them, or nothing was shown.
HAPPENED = {
    "supplement",
    "STOPPED",
    "RECOVERED",
    "killed at run",
    "killed at create",
    "killed monitor",
}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A house with all tables in it, to be copied."""
    house = House(tmp_path_factory.mktemp("template")).set_up()
    load(house.folder / "warehouse.duckdb", "events", [event(999999, account_id=2)])
    put_member(house.services, SYSTEM, 1, "ann@example.com", Role.ADMIN)
    house.services.database.close()
    return house.folder


def late_rows(promise: Promise) -> None:
    promise.days_pass(2, Mood.TAKES_MAIL)
    promise.rows_come_behind_their_window(1, 20)


def late_rows_among_kills(promise: Promise) -> None:
    for call in range(1, 7):
        late_rows(promise)
        promise.the_monitor_looks(call, call % 2 == 0)
        promise.a_process_is_killed(0, call, call % 2 == 1, False)


def messages_are_lost(promise: Promise) -> None:
    """Those of a run, and then those of its slices."""
    promise.pass_time(timedelta(hours=25))
    for _ in range(2):
        promise.a_tick()
        promise.queue.clear()
        promise.pass_time(timedelta(minutes=16))
        promise.a_tick()
        promise.all_messages_are_delivered()


def broken_for_good(promise: Promise) -> None:
    promise.access_breaks(True)
    promise.days_pass(7, Mood.TAKES_MAIL)


def broken_for_a_day(promise: Promise) -> None:
    promise.access_breaks(False)
    promise.days_pass(2, Mood.TAKES_MAIL)
    promise.access_is_mended()


def each_warning_comes_late(promise: Promise) -> None:
    promise.access_breaks(True)
    promise.days_pass(3, Mood.IS_DOWN)
    promise.days_pass(2, Mood.TAKES_MAIL)
    promise.days_pass(5, Mood.IS_DOWN)
    promise.days_pass(4, Mood.TAKES_MAIL)


def the_clock_runs_ahead_of_a_warning(promise: Promise) -> None:
    promise.access_breaks(True)
    promise.days_pass(4, Mood.TAKES_MAIL)
    promise.the_clock_is_set(240)
    promise.days_pass(6, Mood.TAKES_MAIL)


def killed_while_it_stops(promise: Promise) -> None:
    """Before each of its transactions; then nothing is in its way."""
    promise.access_breaks(True)
    promise.days_pass(2, Mood.LOSES_LINES)
    promise.days_pass(6, Mood.TAKES_MAIL)
    promise.pass_time(timedelta(hours=13))
    before = promise.seen["killed monitor"]
    for call in count(1):
        promise.the_monitor_looks(call, False)
        if promise.seen["killed monitor"] < before + call:
            return


STORIES = (
    late_rows_among_kills,
    messages_are_lost,
    broken_for_good,
    broken_for_a_day,
    each_warning_comes_late,
    the_clock_runs_ahead_of_a_warning,
    killed_while_it_stops,
)


def test_every_row_is_delivered_once_whatever_happens(template):
    machine = type("Copied", (Promise,), {"template": template, "seen": Counter()})
    # What chance brings too seldom happens once for certain.
    for story in STORIES:
        promise = machine()
        promise.an_export_is_there(12)
        promise.rows_arrive(2, 0)
        story(promise)
        promise.teardown()
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=max(EXAMPLES, settings().max_examples),
            stateful_step_count=15,
            deadline=None,
            # What a failing example has in common with others costs more than it tells.
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
    assert set(+machine.seen) >= HAPPENED, machine.seen
