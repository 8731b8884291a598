"""Figures in state: what is late, waits, or was given up, of one account and of all."""

from dataclasses import replace
from datetime import timedelta

from shared.domain.figures import LateExport, Waiting
from shared.domain.incidents import Ending, NoticeKind
from shared.domain.runs import RunKind
from shared.state import (
    dead_letters,
    exports,
    figures,
    incidents,
    looks,
    notices,
    runs,
    versions,
)
from shared.state import webhook_messages as messages
from shared.state.database import Database
from shared.state.incidents import Failure
from shared.state.notices import NewNotice
from tests.domain.makers import HOUR, NOW
from tests.state.makers import (
    ACCOUNT,
    SECOND,
    add_run,
    make_export,
    new_run,
    read_run,
    set_run,
    window,
)
from tests.state.test_dead_letters import LETTER

OTHER = ACCOUNT + 1
DUE = window(0).end_at
MADE = window(0).start_at
LONG_AGO = NOW - timedelta(days=60)


def late(database, account_id=None, due_before=NOW, failures_since=LONG_AGO):
    return database.run(
        lambda c: figures.late_runs(
            c, due_before, failures_since=failures_since, account_id=account_id
        )
    )


def test_what_waits_or_is_under_way_after_it_was_due_is_late(database):
    export = make_export(database, now=MADE)
    add_run(database, export, 0)
    writing = add_run(database, export, 1)
    set_run(database, writing, status="WRITING")
    set_run(database, add_run(database, export, 2), status="DONE")
    add_run(database, export, 3, due_at=NOW + SECOND)
    expected = [LateExport(ACCOUNT, export.export_id, 2, DUE)]
    assert late(database) == late(database, ACCOUNT) == expected
    assert late(database, OTHER) == []
    assert late(database, due_before=DUE) == []


def test_a_failed_window_is_late_until_it_is_planned_again_or_too_old(database):
    export = make_export(database, now=MADE)
    failed = add_run(database, export)
    set_run(database, failed, status="FAILED", error_reason="403-forbidden")
    expected = [LateExport(ACCOUNT, export.export_id, 1, DUE, "403-forbidden")]
    assert late(database) == late(database, ACCOUNT) == expected
    assert late(database, failures_since=DUE + SECOND) == []
    again = add_run(database, export, 0, sequence=1, stamp=failed.stamp + 1)
    set_run(database, again, status="DONE")
    assert late(database) == late(database, ACCOUNT) == []


def test_a_replay_that_failed_is_nobodys_lateness(database):
    export = make_export(database, now=MADE)
    run = add_run(database, export, kind=RunKind.REPLAY)
    set_run(database, run, status="FAILED")
    assert late(database) == []


def test_an_export_that_has_ended_is_not_late(database):
    export = make_export(database, now=MADE)
    add_run(database, export)
    set_run(database, add_run(database, export, 1), status="FAILED")
    database.run(lambda c: exports.stop(c, ACCOUNT, export.export_id, NOW))
    assert late(database) == late(database, ACCOUNT) == []
    assert database.run(lambda c: figures.unrecorded(c, NOW + 99 * HOUR)) == []


def test_a_window_that_no_tick_has_recorded_is_found_by_when_it_was_due(database):
    export = make_export(database, now=MADE)
    at = export.next_due_at
    expected = [LateExport(ACCOUNT, export.export_id, 1, at)]
    assert database.run(lambda c: figures.unrecorded(c, at + SECOND)) == expected
    for account_id, found in ((ACCOUNT, expected), (OTHER, [])):
        assert found == database.run(
            lambda c, each=account_id: figures.unrecorded(c, at + SECOND, account_id=each)
        )
    assert database.run(lambda c: figures.unrecorded(c, at)) == []


def test_an_export_is_not_late_with_windows_from_before_it_was_made(database):
    export = make_export(database, now=NOW)
    add_run(database, export)
    set_run(database, add_run(database, export, 1), status="FAILED")
    assert late(database) == late(database, ACCOUNT) == []
    assert database.run(lambda c: figures.unrecorded(c, NOW)) == []
    assert len(late(database, due_before=NOW + SECOND)) == 2


def test_open_incidents_are_counted_and_closed_ones_are_not(database):
    first, second = make_export(database), make_export(database, account_id=OTHER, now=NOW + SECOND)
    for export in (first, second):
        failure = Failure(export.account_id, export.export_id, "gs://b", "x", "No.", NOW)
        database.run(lambda c, failure=failure: incidents.open_or_continue(c, failure, NOW))

    def count(account_id=None):
        return database.run(lambda c: figures.incidents_open(c, account_id))

    assert (count(), count(ACCOUNT)) == (2, 1)
    [mine] = database.run(lambda c: incidents.list_open(c, ACCOUNT))
    assert mine.export_id == first.export_id
    database.run(lambda c: incidents.close(c, mine, Ending.RECOVERED, NOW))
    assert (count(), count(ACCOUNT)) == (1, 0)


def test_what_waits_in_an_outbox_is_counted_with_the_age_of_the_oldest(database):
    assert database.run(figures.notices_waiting) == Waiting()
    assert database.run(figures.messages_waiting) == Waiting()
    export = make_export(database)
    failure = Failure(ACCOUNT, export.export_id, "gs://b", "x", "No.", NOW)

    def store(connection):
        incidents.open_or_continue(connection, failure, NOW)
        [incident] = incidents.list_open(connection)
        ids = (incident.incident_id,)
        for number, kind in enumerate((NoticeKind.FIRST, NoticeKind.SECOND)):
            new = NewNotice(ACCOUNT, kind, ("ann@example.com",), "gs://b", "x", ids, {})
            notices.queue(connection, new, NOW + number * HOUR)
        row = {"account_id": ACCOUNT, "webhook_id": 1, "event": "export.failed", "body": "{}"}
        messages.queue(connection, [row | {"message_id": "m1"}], NOW)

    database.run(store)
    for account_id, count in ((None, 2), (ACCOUNT, 2), (OTHER, 0)):
        since = NOW if count else None
        found = database.run(lambda c, each=account_id: figures.notices_waiting(c, each))
        assert found == Waiting(count, since)
        found = database.run(lambda c, each=account_id: figures.messages_waiting(c, each))
        assert found == Waiting(count // 2, since)


def test_dead_letters_count_from_a_moment_on(database):
    for number in range(3):
        letter = replace(LETTER, message_id=str(number), received_at=NOW + number * HOUR)
        database.run(lambda c, letter=letter: dead_letters.add(c, letter))
    assert database.run(lambda c: figures.dead_letters_since(c, NOW + HOUR)) == 2


def test_rows_count_by_when_their_windows_were_due(database):
    for account_id in (ACCOUNT, OTHER):
        export = make_export(database, account_id=account_id, now=NOW + account_id * SECOND)
        for number in range(3):
            new = new_run(export, number)
            [run_id] = database.run(lambda c, new=new: runs.record(c, [new]))
            run = read_run(database, run_id, account_id)
            set_run(database, run, status="DONE" if number else "FAILED", rows_written=10**number)
    since = window(1).end_at

    def rows(moment, account_id=None):
        return database.run(lambda c: figures.rows_delivered(c, moment, account_id=account_id))

    assert (rows(DUE), rows(DUE, ACCOUNT), rows(DUE, 99)) == (220, 110, 0)
    assert rows(since + SECOND, OTHER) == 100


def test_who_looked_is_remembered_by_name(database):
    assert database.run(looks.seen) == {}
    database.run(lambda c: looks.look(c, looks.TICK, NOW))
    database.run(lambda c: looks.look(c, looks.MONITOR, NOW + HOUR))
    assert database.run(looks.seen) == {"tick": NOW, "monitor": NOW + HOUR}


def test_tables_say_their_version(database):
    assert database.run(versions.current) == versions.newest()


def test_a_database_without_tables_has_no_version(tmp_path):
    empty = Database(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    assert empty.run(versions.current) is None
    empty.close()
