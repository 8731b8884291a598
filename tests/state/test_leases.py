"""Work is announced once, held by one, and free again when its holder or its message is lost."""

from datetime import timedelta

import pytest

from shared.domain.runs import RunStatus
from shared.state import runs, slices
from tests.domain.makers import HOUR, MINUTE, NOW
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
    read_run,
    read_slice,
    set_run,
    writing_run,
)

DUE = NOW + HOUR


def waiting_runs(database, now=DUE):
    return database.run(lambda c: runs.claim_publishable(c, now, now - WAIT, lease=LEASE))


def waiting_slices(database, now=NOW, run_id=None):
    claimed = database.run(
        lambda c: slices.claim_publishable(c, now, now - WAIT, lease=LEASE, run_id=run_id)
    )
    return [slice_no for _, _, slice_no in claimed]


def release_run(database, run, attempt):
    database.run(lambda c: runs.release_lease(c, ACCOUNT, run.run_id, attempt, failed=False))


def test_a_run_is_announced_once_it_is_due_and_then_when_its_message_was_lost(database):
    run = add_run(database, make_export(database), due_at=DUE)
    assert waiting_runs(database, DUE - SECOND) == []
    assert waiting_runs(database, DUE) == [(ACCOUNT, run.run_id)]
    assert waiting_runs(database, DUE) == []
    assert waiting_runs(database, DUE + WAIT - SECOND) == []
    assert waiting_runs(database, DUE + WAIT) == [(ACCOUNT, run.run_id)]


@pytest.mark.parametrize("status", RunStatus)
def test_only_runs_with_something_left_to_do_are_announced(database, status):
    run = add_run(database, make_export(database))
    set_run(database, run, status=status.value, slices_open=0)
    ended = status in (RunStatus.DONE, RunStatus.FAILED, RunStatus.STOPPED)
    assert len(waiting_runs(database)) == (0 if ended else 1)


def test_a_run_whose_slices_are_open_is_the_workers_work(database):
    writing_run(database, parts=2)
    assert waiting_runs(database) == []
    assert waiting_slices(database) == [0, 1]


def test_of_many_ticks_at_once_one_announces_a_run(database):
    export = make_export(database)
    expected = sorted((ACCOUNT, add_run(database, export, n, due_at=DUE).run_id) for n in range(20))
    told = at_once(*[lambda: waiting_runs(database)] * 4)
    assert sorted(pair for pairs in told for pair in pairs) == expected


def test_what_no_queue_took_is_announced_again_and_nothing_else(database):
    writing_run(database, parts=2)
    run = add_run(database, make_export(database), 1, due_at=DUE)
    assert waiting_runs(database, DUE) == [(ACCOUNT, run.run_id)]
    assert waiting_slices(database, DUE) == [0, 1]
    for part in (runs, slices):
        database.run(lambda c, part=part: part.unclaim(c, DUE - SECOND))
    assert waiting_runs(database, DUE) == []
    assert waiting_slices(database, DUE) == []
    for part in (runs, slices):
        database.run(lambda c, part=part: part.unclaim(c, DUE))
    assert waiting_runs(database, DUE) == [(ACCOUNT, run.run_id)]
    assert waiting_slices(database, DUE) == [0, 1]


def test_of_many_ticks_at_once_one_announces_a_slice(database):
    writing_run(database, parts=20)
    told = at_once(*[lambda: waiting_slices(database)] * 4)
    assert sorted(number for numbers in told for number in numbers) == list(range(20))


def test_a_tick_with_a_clock_a_little_behind_announces_nothing_twice(database):
    run = add_run(database, make_export(database))
    piece_run = writing_run(database, parts=1)
    assert waiting_runs(database) == [(ACCOUNT, run.run_id)]
    assert waiting_slices(database, DUE) == [0]
    assert waiting_runs(database, DUE - SECOND) == []
    assert waiting_slices(database, DUE - SECOND) == []
    assert read_slice(database, piece_run).attempt == 0


def test_what_was_announced_before_the_clock_was_set_back_is_announced_again(database):
    run = add_run(database, make_export(database), due_at=NOW - HOUR)
    writing_run(database, parts=1)
    assert (len(waiting_runs(database)), waiting_slices(database, DUE)) == (1, [0])
    assert waiting_runs(database, DUE - HOUR) == [(ACCOUNT, run.run_id)]
    assert waiting_slices(database, DUE - HOUR) == [0]


def test_slices_are_announced_only_while_their_run_is_written(database):
    first, second = writing_run(database, parts=2), writing_run(database, parts=2)
    set_run(database, second, status="STOPPED")
    assert waiting_slices(database, run_id=second.run_id) == []
    assert waiting_slices(database, run_id=first.run_id) == [0, 1]
    assert waiting_slices(database, NOW + WAIT) == [0, 1]


def test_a_run_is_held_by_one_until_the_lease_has_run_out(database):
    run = add_run(database, make_export(database))
    assert lease_run(database, run) == 1
    assert lease_run(database, run, NOW + LEASE - SECOND) is None
    assert waiting_runs(database, NOW + LEASE - SECOND) == []
    assert lease_run(database, run, NOW + LEASE) == 2


@pytest.mark.parametrize("status", RunStatus)
def test_a_run_that_has_ended_is_not_leased(database, status):
    run = add_run(database, make_export(database))
    set_run(database, run, status=status.value)
    ended = status in (RunStatus.DONE, RunStatus.FAILED, RunStatus.STOPPED)
    assert lease_run(database, run) == (None if ended else 1)


def test_of_many_planners_at_once_one_gets_the_run(database):
    run = add_run(database, make_export(database))
    assert sorted(at_once(*[lambda: lease_run(database, run) or 0] * 6)) == [0, 0, 0, 0, 0, 1]


def test_of_many_workers_at_once_one_gets_the_slice(database):
    piece = read_slice(database, writing_run(database))
    assert sorted(at_once(*[lambda: lease_slice(database, piece) or 0] * 6)) == [0, 0, 0, 0, 0, 1]


def test_a_run_that_was_given_back_is_announced_and_taken_at_once(database):
    run = add_run(database, make_export(database))
    waiting_runs(database)
    attempt = lease_run(database, run, DUE)
    release_run(database, run, attempt)
    assert waiting_runs(database, DUE + SECOND) == [(ACCOUNT, run.run_id)]
    assert lease_run(database, run, DUE + SECOND) == 2


def test_a_planner_whose_lease_was_taken_over_can_neither_move_nor_give_back_the_run(database):
    run = add_run(database, make_export(database))
    late = lease_run(database, run)
    assert lease_run(database, run, NOW + LEASE) == 2
    release_run(database, run, late)
    assert lease_run(database, run, NOW + LEASE + SECOND) is None
    moved = database.run(
        lambda c: runs.move(
            c, ACCOUNT, run.run_id, expected=[RunStatus.PENDING], attempt=late, status="PLANNING"
        )
    )
    assert not moved
    assert read_run(database, run.run_id).status is RunStatus.PENDING


@pytest.mark.parametrize("behind", [timedelta(milliseconds=1), SECOND, MINUTE, LEASE])
def test_a_clock_a_little_behind_does_not_end_a_living_lease(database, behind):
    run = writing_run(database)
    piece = read_slice(database, run)
    assert (lease_run(database, run), lease_slice(database, piece)) == (1, 1)
    assert lease_run(database, run, NOW - behind) is None
    assert lease_slice(database, piece, NOW - behind) is None


def test_a_lease_from_before_the_clock_was_set_back_counts_as_run_out(database):
    run = writing_run(database)
    piece = read_slice(database, run)
    lease_run(database, run)
    lease_slice(database, piece)
    earlier = NOW - HOUR
    assert (lease_run(database, run, earlier), lease_slice(database, piece, earlier)) == (2, 2)


def test_leases_of_a_dead_owner_are_given_back_together(database):
    writing, planning = writing_run(database, parts=2), add_run(database, make_export(database))
    piece, kept = read_slice(database, writing, 0), read_slice(database, writing, 1)
    waiting_slices(database)
    waiting_runs(database)
    lease_slice(database, piece)
    lease_run(database, planning)
    database.run(lambda c: slices.take_lease(c, kept, owner="alive", now=NOW, until=NOW + 2 * HOUR))
    assert database.run(slices.lease_owners) == ["alive", "planner", "worker"]
    for owner in ("worker", "planner"):
        database.run(lambda c, owner=owner: slices.release_owned_by(c, owner))
    assert database.run(slices.lease_owners) == ["alive"]
    assert waiting_slices(database, NOW + SECOND) == [0]
    assert waiting_runs(database) == [(ACCOUNT, planning.run_id)]
    assert lease_slice(database, piece, NOW + SECOND) == 2
    assert lease_run(database, planning, NOW + SECOND) == 2
