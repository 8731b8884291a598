"""A window is due only when no publish that began before its end is open."""

from datetime import timedelta

import pytest

from shared.domain.exports import Frequency
from shared.domain.members import COMMAND_LINE
from shared.errors import Conflict
from shared.jobs.manage_exports import edit_export
from shared.jobs.run_now import run_now
from shared.state import accounts, publishes
from tests.domain.makers import MINUTE, account, live, utc
from tests.jobs.test_schedule import ACCOUNT, FIRST_DUE, read, runs_of, services_of, tick
from tests.state.makers import SECOND, make_export

WINDOW_END = utc("2026-11-20T04:00")


def begin(database, at, account_id=ACCOUNT):
    database.run(lambda c: publishes.begin(c, account_id, f"p{account_id}", at))


def close(database, account_id=ACCOUNT):
    database.run(lambda c: publishes.close(c, account_id, f"p{account_id}", FIRST_DUE))


def test_a_window_waits_for_a_publish_that_began_in_it(database):
    export = make_export(database)
    begin(database, WINDOW_END - SECOND)
    services = services_of(database)
    assert tick(services, FIRST_DUE)[0].runs_recorded == 0
    assert tick(services, FIRST_DUE + timedelta(hours=9))[0].runs_recorded == 0
    close(database)
    assert tick(services, FIRST_DUE)[0].runs_recorded == 1
    assert runs_of(database, export)[0].window.end_at == WINDOW_END


def test_a_window_waits_for_no_later_publish_and_for_no_other_account(database):
    make_export(database)
    begin(database, WINDOW_END)
    begin(database, WINDOW_END - SECOND, ACCOUNT + 1)
    assert tick(services_of(database), FIRST_DUE)[0].runs_recorded == 1


def test_run_now_waits_for_the_publish_too(database):
    database.run(lambda c: accounts.put(c, account()))
    export = make_export(database, account_id=1)
    begin(database, WINDOW_END - SECOND, 1)
    services = services_of(database, FIRST_DUE)
    with pytest.raises(Conflict):
        run_now(services, COMMAND_LINE, 1, export.export_id)
    close(database, 1)
    assert run_now(services, COMMAND_LINE, 1, export.export_id).window.end_at == WINDOW_END


def test_a_window_that_an_edit_closed_is_planned_after_the_publish(database):
    database.run(lambda c: accounts.put(c, account()))
    export = make_export(database, live(10 * MINUTE), account_id=1)
    assert export.spec.frequency is Frequency.LIVE
    now = export.cursor_at + 7 * MINUTE
    begin(database, now - MINUTE, 1)
    edit_export(services_of(database, now), 1, export.export_id, every=20 * MINUTE)
    [run] = runs_of(database, export)
    assert run.window.end_at == read(database, export).cursor_at == now
    later = now + 15 * MINUTE
    assert tick(services_of(database), later)[1] == []
    close(database, 1)
    assert len(tick(services_of(database), later)[1]) == 1
