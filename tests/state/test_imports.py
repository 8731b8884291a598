"""Connections, imports and their runs: each of one account, one run at a time, changed as seen."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.import_specs import SourceQuery
from shared.domain.import_states import BLOCKING, Colour, ImportRunStatus, ImportStatus
from shared.domain.runs import RunKind
from shared.errors import Conflict
from shared.state import (
    connections,
    import_changes,
    import_leases,
    import_rejects,
    import_runs,
    imports,
    publishes,
    runs,
    slices,
)
from shared.state.connections import ConnectionFilter
from tests.domain.makers import HOUR, MINUTE, NOW
from tests.state.import_makers import (
    KEY,
    MAPPING,
    SINCE,
    add_import_run,
    connect,
    end_import_run,
    lease_import_run,
    make_import,
    read_import_run,
)
from tests.state.makers import ACCOUNT, LEASE, SECOND, WAIT, add_run, at_once, make_export

LATER = NOW + timedelta(days=1)
DAY = timedelta(days=1)


def claim(database, now=NOW, only=None):
    return database.run(
        lambda c: import_leases.claim_publishable(c, now, now - WAIT, lease=LEASE, only=only)
    )


def again(database, of):
    return database.run(lambda c: imports.get(c, ACCOUNT, of.import_id))


def test_a_connection_comes_back_as_it_was_saved_and_its_name_is_taken(database):
    saved = connect(database)
    assert saved == database.run(lambda c: connections.find(c, ACCOUNT, saved.connection_id))
    assert saved == database.run(lambda c: connections.find_named(c, ACCOUNT, "Shop"))
    assert (saved.location, saved.credentials, saved.created_by) == ("EU", KEY, "ann@example.com")
    with pytest.raises(AssertionError):
        connect(database)
    assert connect(database, account_id=8).account_id == 8
    assert database.run(lambda c: connections.find(c, 8, saved.connection_id)) is None


def test_connections_are_listed_by_day_and_by_member(database):
    days = [connect(database, f"c{n}", now=NOW + n * DAY, by=f"m{n % 2}") for n in range(4)]
    connect(database, account_id=8)

    def listed(before=None, limit=9, **wanted):
        found = database.run(
            lambda c: connections.page(
                c, ACCOUNT, ConnectionFilter(**wanted), before=before, limit=limit
            )
        )
        return [each.name for each in found]

    assert listed() == ["c3", "c2", "c1", "c0"]
    assert listed(since=NOW + DAY, until=NOW + 3 * DAY) == ["c2", "c1"]
    assert listed(created_by="m1") == ["c3", "c1"]
    assert listed(before=(days[2].created_at, days[2].connection_id), limit=1) == ["c1"]


def test_credentials_are_changed_only_as_they_were_seen(database):
    saved = connect(database)
    other = replace(KEY, key_id="ffff", secret="connection-7/2")
    assert database.run(lambda c: connections.set_credentials(c, saved, other, LATER))
    assert not database.run(lambda c: connections.set_credentials(c, saved, KEY, LATER))
    found = database.run(lambda c: connections.find(c, ACCOUNT, saved.connection_id))
    assert (found.credentials, found.credentials_at) == (other, LATER)
    database.run(lambda c: connections.note_probe(c, ACCOUNT, saved.connection_id, None, NOW))
    database.run(lambda c: connections.remove(c, 8, saved.connection_id))
    assert database.run(lambda c: connections.hold(c, ACCOUNT, saved.connection_id)) is not None
    database.run(lambda c: connections.remove(c, ACCOUNT, saved.connection_id))
    assert database.run(lambda c: connections.find(c, ACCOUNT, saved.connection_id)) is None


def test_an_import_comes_back_as_it_was_made_and_its_nickname_is_taken(database):
    made = make_import(database)
    assert made == again(database, made)
    assert (made.status, made.watermark, made.health.colour) == (
        ImportStatus.READY, None, Colour.NONE,
    )  # fmt: skip
    with pytest.raises(Conflict, match="Orders"):
        make_import(database)
    assert make_import(database, account_id=8).account_id == 8
    assert database.run(lambda c: imports.get(c, 8, made.import_id)) is None


def test_every_status_but_draft_and_stopped_keeps_the_connection(database):
    for status in ImportStatus:
        make_import(database, str(status), status=status)
    make_import(database, "elsewhere", connection_id=2)
    found = database.run(lambda c: imports.blocking(c, ACCOUNT, 1))
    assert {each.status for each in found} == set(BLOCKING)


def test_an_edit_is_refused_when_the_import_changed_or_the_nickname_is_taken(database):
    made, other = make_import(database), make_import(database, "Other")

    def edit(before, nickname):
        spec = replace(before.spec, nickname=nickname, source=SourceQuery("new"))
        database.run(
            lambda c: import_changes.set_spec(
                c, before, spec, status=before.status, next_run_at=LATER, watermark=SINCE
            )
        )

    edit(made, "New")
    found = again(database, made)
    assert (found.spec.nickname, found.spec_version, found.watermark) == ("New", 2, SINCE)
    with pytest.raises(Conflict, match="changed"):
        edit(made, "Newer")
    with pytest.raises(Conflict, match="Other"):
        edit(found, other.spec.nickname)


def test_of_two_ticks_one_moves_an_import_on(database):
    made = make_import(database, status=ImportStatus.SCHEDULED, next_run_at=NOW)
    make_import(database, "later", status=ImportStatus.SCHEDULED, next_run_at=LATER)
    assert database.run(lambda c: imports.due(c, NOW, limit=9)) == [made]
    moved = at_once(*[lambda: database.run(lambda c: import_changes.advance(c, made, LATER))] * 2)
    assert sorted(moved) == [False, True]
    assert database.run(lambda c: imports.due(c, NOW, limit=9)) == []


def test_a_paused_import_is_moved_by_no_tick(database):
    made = make_import(database, status=ImportStatus.SCHEDULED, next_run_at=NOW)
    assert database.run(lambda c: import_changes.set_status(c, made, ImportStatus.PAUSED, None))
    assert not database.run(
        lambda c: import_changes.set_status(c, made, ImportStatus.STOPPED, None)
    )
    assert not database.run(lambda c: import_changes.advance(c, made, LATER))
    assert database.run(lambda c: imports.due(c, LATER, limit=9)) == []


def test_a_watermark_of_settings_from_before_an_edit_is_left(database):
    made = make_import(database)
    for version, expected in ((2, None), (1, SINCE)):
        database.run(
            lambda c, v=version: import_changes.set_watermark(c, ACCOUNT, made.import_id, v, SINCE)
        )
        assert again(database, made).watermark == expected


def test_the_outcome_of_the_last_run_is_the_health(database):
    made = make_import(database)
    database.run(
        lambda c: import_changes.set_outcome(
            c,
            ACCOUNT,
            made.import_id,
            status=ImportRunStatus.DONE,
            rows_read=3,
            rows_rejected=1,
            now=NOW,
        )
    )
    assert again(database, made).health.percent == 66.66


def test_a_run_that_waits_does_for_all_that_ask_meanwhile(database):
    made = make_import(database)
    first = add_import_run(database, made)
    assert add_import_run(database, made).run_id == first.run_id
    assert claim(database) == [(ACCOUNT, first.run_id)]
    assert claim(database) == []


def test_runs_of_one_import_never_overlap(database):
    made = make_import(database)
    first = add_import_run(database, made)
    attempt = lease_import_run(database, first)
    assert database.run(
        lambda c: import_runs.move(
            c,
            first,
            expected=[ImportRunStatus.PENDING],
            attempt=attempt,
            status=str(ImportRunStatus.READING),
        )
    )
    second = add_import_run(database, made)
    assert second.run_id != first.run_id
    assert claim(database, LATER) == [(ACCOUNT, first.run_id)]
    assert lease_import_run(database, second) is None
    assert database.run(lambda c: import_runs.open_imports(c, ACCOUNT, [made.import_id, 99])) == {
        made.import_id
    }
    end_import_run(database, first)
    assert claim(database, LATER) == [(ACCOUNT, second.run_id)]
    assert lease_import_run(database, second) == 1
    newest = database.run(lambda c: import_runs.page(c, ACCOUNT, made.import_id, limit=9))
    assert [each.run_id for each in newest] == [second.run_id, first.run_id]
    [older] = database.run(
        lambda c: import_runs.page(c, ACCOUNT, made.import_id, before=second.run_id, limit=9)
    )
    assert older.run_id == first.run_id


def test_a_lease_is_held_by_one_renewed_and_fenced(database):
    run = add_import_run(database, make_import(database))
    assert lease_import_run(database, run) == 1
    assert lease_import_run(database, run) is None
    assert claim(database, NOW + MINUTE) == []
    assert database.run(lambda c: import_leases.renew_lease(c, run, 1, NOW + 2 * LEASE))
    assert lease_import_run(database, run, NOW + LEASE + SECOND) is None
    assert lease_import_run(database, run, NOW + 2 * LEASE) == 2
    assert not database.run(lambda c: import_leases.renew_lease(c, run, 1, LATER))
    assert not database.run(
        lambda c: import_runs.move(
            c, run, expected=[ImportRunStatus.PENDING], attempt=1, status=str(ImportRunStatus.DONE)
        )
    )
    database.run(lambda c: import_leases.release_lease(c, run, 2, failed=True))
    assert read_import_run(database, run.run_id).failures == 2
    assert lease_import_run(database, run) == 3


def test_messages_that_were_not_taken_are_sent_again(database):
    run = add_import_run(database, make_import(database))
    assert claim(database, only=(ACCOUNT, run.run_id + 1)) == []
    assert claim(database, only=(ACCOUNT, run.run_id)) != []
    database.run(lambda c: import_leases.unclaim(c, NOW))
    assert claim(database) == [(ACCOUNT, run.run_id)]


def test_leases_of_the_dead_are_freed_with_all_others(database):
    run = add_import_run(database, make_import(database))
    lease_import_run(database, run)
    assert database.run(slices.lease_owners) == ["host:1"]
    database.run(lambda c: slices.release_owned_by(c, "host:1"))
    assert database.run(slices.lease_owners) == []
    assert lease_import_run(database, run) == 2


def test_stopping_ends_what_is_not_being_published(database):
    made = make_import(database)
    first = add_import_run(database, made)
    attempt = lease_import_run(database, first)
    database.run(
        lambda c: import_runs.move(
            c, first, expected=[ImportRunStatus.PENDING], attempt=attempt,
            status=str(ImportRunStatus.PUBLISHING),
        )
    )  # fmt: skip
    second = add_import_run(database, made)
    stopped = database.run(
        lambda c: import_runs.stop_open(c, ACCOUNT, made.import_id, NOW, "The import was paused.")
    )
    assert stopped == 1
    assert read_import_run(database, first.run_id).status is ImportRunStatus.PUBLISHING
    assert read_import_run(database, second.run_id).status is ImportRunStatus.STOPPED


def test_rejects_are_kept_in_pieces_for_their_account(database):
    run = add_import_run(database, make_import(database))
    database.run(lambda c: import_rejects.put(c, ACCOUNT, run.run_id, [(2, b"ab"), (1, b"c")]))
    database.run(lambda c: import_rejects.put(c, ACCOUNT, run.run_id, []))
    read = [
        database.run(lambda c, n=n: import_rejects.get(c, ACCOUNT, run.run_id, n)) for n in range(3)
    ]
    assert read == [(2, b"ab"), (1, b"c"), None]
    assert database.run(lambda c: import_rejects.get(c, 8, run.run_id, 0)) is None


def test_a_publish_keeps_the_moment_it_began_at_and_is_closed_once(database):
    for number, at in enumerate([NOW, LATER, NOW + HOUR]):
        name = f"p{number % 2}"
        began = database.run(lambda c, n=name, at=at: publishes.begin(c, ACCOUNT, n, at))
        assert began == (LATER if number == 1 else NOW)
    database.run(lambda c: publishes.begin(c, 8, "q", NOW))
    assert database.run(lambda c: publishes.oldest_open(c, [ACCOUNT, 9])) == {ACCOUNT: NOW}
    database.run(lambda c: publishes.close(c, 8, "p0", NOW))
    database.run(lambda c: publishes.close(c, ACCOUNT, "p0", NOW))
    assert database.run(lambda c: publishes.oldest_open(c, [ACCOUNT])) == {ACCOUNT: LATER}


@pytest.mark.parametrize("kind", [RunKind.INCREMENTAL, RunKind.ONE_TIME])
def test_a_window_is_not_planned_while_a_publish_that_began_in_it_is_open(database, kind):
    run = add_run(database, make_export(database), kind=kind)
    began = run.window.end_at - SECOND
    database.run(lambda c: publishes.begin(c, ACCOUNT + 1, "other", began))
    database.run(lambda c: publishes.begin(c, ACCOUNT, "later", run.window.end_at))
    database.run(lambda c: publishes.begin(c, ACCOUNT, "p", began))

    def found():
        return database.run(lambda c: runs.claim_publishable(c, LATER, LATER - WAIT, lease=LEASE))

    if kind is RunKind.INCREMENTAL:
        assert found() == []
        database.run(lambda c: publishes.close(c, ACCOUNT, "p", LATER))
    assert found() == [(ACCOUNT, run.run_id)]


def test_a_mapping_is_stored_with_the_import(database):
    assert again(database, make_import(database)).spec.mapping == MAPPING
