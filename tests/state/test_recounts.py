"""Recounts and comparisons in state: due once, claimed by one, settled under their attempt."""

from datetime import timedelta

import pytest

from shared.domain.recounts import Completeness, RecountOutcome
from shared.domain.runs import RunKind, RunStatus
from shared.state import comparisons, recounts
from tests.domain.makers import NOW, recurring
from tests.state.makers import (
    ACCOUNT,
    LEASE,
    SECOND,
    add_run,
    at_once,
    make_export,
    set_run,
    window,
)

HOUR = timedelta(hours=1)
DAY = window().start_at.date()


def expected(database, due_at=NOW, day=DAY, export=None):
    export = export or make_export(database)
    database.run(lambda c: recounts.expect(c, ACCOUNT, export.export_id, day, due_at))
    return export


def claimed(database, now=NOW):
    return database.run(lambda c: recounts.claim_next(c, now, lease=LEASE))


def settle(database, recount, **values):
    return database.run(lambda c: recounts.settle(c, recount, **values))


def days(database, export):
    return database.run(lambda c: recounts.list_for_export(c, ACCOUNT, export.export_id, limit=9))


def test_a_day_is_claimed_when_it_is_due_and_by_one_at_a_time(database):
    export = expected(database)
    assert claimed(database, NOW - SECOND) is None
    found = claimed(database)
    assert (found.export_id, found.day, found.failures) == (export.export_id, DAY, 1)
    assert claimed(database) is None
    # Its holder died.
    assert claimed(database, NOW + LEASE).failures == 2


def test_of_two_at_once_each_gets_another_day(database):
    export = expected(database)
    expected(database, NOW - SECOND, DAY + timedelta(days=1), export)
    found = at_once(*[lambda: claimed(database)] * 2)
    assert {each.day for each in found} == {DAY, DAY + timedelta(days=1)}


def test_whoever_comes_too_late_settles_nothing(database):
    export = expected(database)
    late = claimed(database)
    now = claimed(database, NOW + LEASE)
    assert not settle(database, late, due_at=None, outcome=str(RecountOutcome.FAILED))
    assert settle(database, now, due_at=None, outcome=str(RecountOutcome.COMPLETE))
    [day] = days(database, export)
    assert (day.outcome, day.due_at, day.failures) == (RecountOutcome.COMPLETE, None, 0)


def test_a_later_delivery_puts_a_recount_off_but_not_one_that_is_done(database):
    export = expected(database)
    expected(database, NOW + HOUR, DAY, export)
    assert claimed(database) is None
    assert settle(database, claimed(database, NOW + HOUR), due_at=None)
    expected(database, NOW, DAY, export)
    assert claimed(database, NOW + 9 * HOUR) is None


def test_a_day_has_the_runs_whose_windows_begin_on_it(database):
    export = make_export(database, recurring())
    found = [add_run(database, export, number) for number in range(-1, 8)]
    read = database.run(lambda c: recounts.runs_of_day(c, ACCOUNT, export.export_id, DAY, "UTC"))
    assert [run.stamp for run in read] == [run.stamp for run in found[1:7]]


def test_completeness_counts_what_supplements_have_delivered_since(database):
    export = expected(database)
    counts = {"rows_counted": 200, "rows_missed": 10, "rows_delivered": 190}
    settle(database, claimed(database), due_at=None, recounted_at=NOW, **counts)

    def read():
        return database.run(
            lambda c: recounts.completeness(c, ACCOUNT, [export.export_id, 5], since=DAY)
        )

    assert read() == {export.export_id: Completeness(1, 200, 10, 0)}
    assert read()[export.export_id].share == pytest.approx(0.95)
    run = add_run(database, export, kind=RunKind.SUPPLEMENT, stamp=5)
    set_run(database, run, status=str(RunStatus.DONE), rows_expected=9, rows_duplicate=1)
    assert read()[export.export_id].share == 1.0


def test_a_comparison_is_due_at_once_and_made_once(database):
    run = add_run(database, make_export(database))
    for _ in range(2):
        database.run(lambda c: comparisons.expect(c, ACCOUNT, run.run_id, NOW))
    found = database.run(lambda c: comparisons.claim(c, run.run_id, NOW, lease=LEASE))
    assert database.run(lambda c: comparisons.claim_next(c, NOW, lease=LEASE)) is None
    result = {"level": "rows", "events": [{"event_name": "a\0b"}]}
    assert database.run(lambda c: comparisons.settle(c, found, due_at=None, result=result))
    stored = database.run(lambda c: comparisons.get(c, ACCOUNT, run.run_id))
    assert (stored.result, stored.due_at) == (result, None)
    assert database.run(lambda c: comparisons.get(c, ACCOUNT + 1, run.run_id)) is None
