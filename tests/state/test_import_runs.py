"""Runs of imports in state: one at a time under a lease, with rejects and publishes."""

from datetime import timedelta

import pytest

from shared.domain.import_states import ImportRunStatus
from shared.domain.runs import RunKind
from shared.state import (
    import_leases,
    import_rejects,
    import_runs,
    publishes,
    runs,
    slices,
)
from tests.domain.makers import HOUR, MINUTE, NOW
from tests.state.import_makers import (
    add_import_run,
    end_import_run,
    lease_import_run,
    make_import,
    read_import_run,
)
from tests.state.makers import ACCOUNT, LEASE, SECOND, WAIT, add_run, make_export

LATER = NOW + timedelta(days=1)
DAY = timedelta(days=1)


def claim(database, now=NOW, only=None):
    return database.run(
        lambda c: import_leases.claim_publishable(c, now, now - WAIT, lease=LEASE, only=only)
    )


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
    for pieces in ([(9, b"expired")], [], [(2, b"ab"), (1, b"c")]):
        database.run(lambda c, p=pieces: import_rejects.put(c, ACCOUNT, run.run_id, p))
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
