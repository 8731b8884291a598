"""A slice counts once, under the attempt that holds it, and not at all when its run has ended."""

import threading
from datetime import date

import pytest
from sqlalchemy import event

from shared.domain.runs import RunStatus, SliceStatus
from shared.errors import OurFault
from shared.state import runs, slices
from shared.state.slices import SlicePart
from tests.domain.makers import NOW
from tests.state.makers import (
    ACCOUNT,
    LEASE,
    SECOND,
    add_run,
    at_once,
    commit_slice,
    file_row,
    lease_slice,
    make_export,
    read_run,
    read_slice,
    set_run,
    writing_run,
)


def counts(database, run):
    now = read_run(database, run.run_id)
    return now.slices_open, now.rows_written, now.rows_rejected, now.bytes_written


def files_of(database, run):
    return database.run(lambda c: slices.list_files(c, ACCOUNT, run.run_id))


def renew(database, piece, attempt, now=NOW):
    return database.run(lambda c: slices.renew_lease(c, piece, attempt, now + LEASE))


def end(database, run, status=RunStatus.STOPPED):
    return database.run(
        lambda c: runs.end(
            c, ACCOUNT, run.run_id, status=status, now=NOW, reason="stopped", message="m"
        )
    )


def test_slices_come_back_as_they_were_stored_and_are_stored_once(database):
    run = add_run(database, make_export(database))
    parts = [
        (SlicePart("a\0/\\b", "a--\\b", date(2026, 11, 20), 0, 2),),
        (SlicePart("😀", "😀", date(2026, 1, 1), 1, 2), SlicePart(None, None, None, 0, 1)),
    ]
    others = [(SlicePart("late", "late", None, 0, 1),)] * 3
    database.run(lambda c: slices.add(c, ACCOUNT, run.run_id, parts))
    database.run(lambda c: slices.add(c, ACCOUNT, run.run_id, others))
    stored = database.run(lambda c: slices.list_parts(c, ACCOUNT, run.run_id))
    assert stored == [*parts, others[2]]
    piece = read_slice(database, run, 1)
    assert (piece.parts, piece.status, piece.attempt) == (parts[1], SliceStatus.PENDING, 0)
    assert database.run(lambda c: slices.get(c, ACCOUNT + 1, run.run_id, 1)) is None
    database.run(lambda c: slices.add(c, ACCOUNT, run.run_id, []))


def test_a_lease_is_taken_once_and_again_when_it_has_run_out(database):
    piece = read_slice(database, writing_run(database))
    assert lease_slice(database, piece) == 1
    assert lease_slice(database, piece, NOW + LEASE - SECOND) is None
    assert lease_slice(database, piece, NOW + LEASE) == 2


def test_a_renewed_lease_lasts_longer(database):
    piece = read_slice(database, writing_run(database))
    attempt = lease_slice(database, piece)
    assert renew(database, piece, attempt, NOW + LEASE - SECOND)
    assert lease_slice(database, piece, NOW + LEASE) is None
    assert not renew(database, piece, attempt + 1)


def test_commits_count_the_open_slices_down_and_add_up(database):
    run = writing_run(database, parts=3)
    left = []
    for number in (2, 0, 1):
        piece = read_slice(database, run, number)
        written = [file_row(f"{number}-{index}.json", rows=10) for index in range(number)]
        attempt = lease_slice(database, piece)
        left.append(commit_slice(database, piece, attempt, *written, rejected=number))
    assert left == [2, 1, 0]
    assert counts(database, run) == (0, 30, 3, 300)
    assert [file.name for file in files_of(database, run)] == ["1-0.json", "2-0.json", "2-1.json"]
    assert database.run(lambda c: slices.progress(c, ACCOUNT, run.run_id)) == (3, 3)
    rejects = database.run(lambda c: slices.list_rejects(c, ACCOUNT, run.run_id))
    assert [(piece.slice_no, piece.rows_rejected) for piece in rejects] == [(1, 1), (2, 2)]


def test_a_slice_without_a_lease_is_not_committed(database):
    run = writing_run(database)
    assert commit_slice(database, read_slice(database, run), 0, file_row()) is None
    assert counts(database, run) == (3, 0, 0, 0)


def test_a_second_commit_of_the_same_attempt_counts_nothing(database):
    run = writing_run(database)
    piece = read_slice(database, run)
    attempt = lease_slice(database, piece)
    assert commit_slice(database, piece, attempt, file_row()) == 2
    assert commit_slice(database, piece, attempt, file_row()) is None
    assert commit_slice(database, piece, attempt, file_row("other.json")) is None
    assert counts(database, run) == (2, 5, 0, 50)
    assert files_of(database, run) == [file_row()]
    assert lease_slice(database, piece, NOW + LEASE) is None


def test_a_late_worker_whose_lease_was_taken_over_commits_nothing(database):
    run = writing_run(database)
    piece = read_slice(database, run)
    late = lease_slice(database, piece)
    new = lease_slice(database, piece, NOW + LEASE)
    assert not renew(database, piece, late, NOW + LEASE)
    database.run(lambda c: slices.release_lease(c, piece, late, reason="late"))
    assert commit_slice(database, piece, late, file_row("late.json", rows=9)) is None
    assert counts(database, run) == (3, 0, 0, 0)
    assert commit_slice(database, piece, new, file_row(found=True)) == 2
    assert commit_slice(database, piece, late, file_row("late.json", rows=9)) is None
    assert counts(database, run) == (2, 5, 0, 50)
    assert files_of(database, run) == [file_row(found=True)]


def test_of_many_commits_of_one_slice_at_once_one_counts(database):
    run = writing_run(database)
    piece = read_slice(database, run)
    attempt = lease_slice(database, piece)
    answers = at_once(*[lambda: commit_slice(database, piece, attempt, file_row())] * 5)
    assert sorted(answers, key=str) == [2, None, None, None, None]
    assert counts(database, run) == (2, 5, 0, 50)


def test_workers_that_commit_their_slices_at_once_lose_no_count(database):
    run = writing_run(database, parts=12)
    pieces = [read_slice(database, run, number) for number in range(12)]
    attempts = [lease_slice(database, piece) for piece in pieces]

    def commit(number):
        written = file_row(f"{number}.json")
        return commit_slice(database, pieces[number], attempts[number], written, rejected=1)

    left = at_once(*[lambda number=number: commit(number) for number in range(12)])
    assert sorted(left) == list(range(12))
    assert counts(database, run) == (0, 60, 12, 600)
    assert len(files_of(database, run)) == 12


def test_a_slice_that_was_given_back_can_be_taken_at_once(database):
    piece = read_slice(database, writing_run(database))
    attempt = lease_slice(database, piece)
    database.run(lambda c: slices.release_lease(c, piece, attempt, reason="transient"))
    assert lease_slice(database, piece, NOW + SECOND) == 2


def test_slices_of_an_ended_run_are_cancelled_and_count_nothing(database):
    run = writing_run(database)
    held, other = read_slice(database, run, 0), read_slice(database, run, 1)
    attempt = lease_slice(database, held)
    assert end(database, run)
    assert not renew(database, held, attempt)
    assert commit_slice(database, held, attempt, file_row()) is None
    database.run(lambda c: slices.release_lease(c, held, attempt, reason="late"))
    assert lease_slice(database, other) is None
    assert read_slice(database, run, 0).status is SliceStatus.CANCELLED
    assert (counts(database, run), files_of(database, run)) == ((3, 0, 0, 0), [])


def test_a_commit_finds_the_run_ended_even_when_its_slice_was_forgotten(database):
    run = writing_run(database)
    piece = read_slice(database, run)
    attempt = lease_slice(database, piece)
    set_run(database, run, status="STOPPED")
    assert commit_slice(database, piece, attempt, file_row()) is None
    assert read_slice(database, run).status is SliceStatus.WRITING
    assert files_of(database, run) == []


@pytest.mark.parametrize("_", range(3))
def test_a_stop_and_commits_at_once_end_in_one_truth(database, _):
    run = writing_run(database, parts=4)
    pieces = [read_slice(database, run, number) for number in range(4)]
    attempts = [lease_slice(database, piece) for piece in pieces]
    commits = [
        lambda n=number: commit_slice(database, pieces[n], attempts[n], file_row(f"{n}.json"))
        for number in range(4)
    ]
    *left, ended = at_once(*commits, lambda: end(database, run))
    counted = [answer for answer in left if answer is not None]
    assert ended
    assert counts(database, run) == (4 - len(counted), 5 * len(counted), 0, 50 * len(counted))
    assert len(files_of(database, run)) == len(counted)
    statuses = [read_slice(database, run, number).status for number in range(4)]
    assert statuses.count(SliceStatus.DONE) == len(counted)
    assert statuses.count(SliceStatus.CANCELLED) == 4 - len(counted)


def test_a_stop_in_the_middle_of_a_commit_waits_for_it_and_is_not_waited_for(postgres):
    run = writing_run(postgres)
    piece = read_slice(postgres, run)
    attempt = lease_slice(postgres, piece)
    engine, ended, waited, deadlocks = postgres._engine, [], [], []
    stopper = threading.Thread(target=lambda: ended.append(end(postgres, run)))

    @event.listens_for(engine, "after_cursor_execute")
    def stop_now(connection, cursor, statement, *_):
        if statement.startswith("UPDATE slices") and not waited:
            waited.append(True)
            stopper.start()
            stopper.join(0.3)
            waited.append(stopper.is_alive())

    event.listen(engine, "handle_error", lambda context: deadlocks.append(str(context)))
    assert commit_slice(postgres, piece, attempt, file_row()) == 2
    stopper.join(30)
    assert (waited, deadlocks, ended) == ([True, True], [], [True])
    assert counts(postgres, run) == (2, 5, 0, 50)
    assert read_slice(postgres, run, 0).status is SliceStatus.DONE
    assert read_slice(postgres, run, 1).status is SliceStatus.CANCELLED


def test_two_slices_with_a_file_of_the_same_name_are_a_fault_of_ours(database):
    run = writing_run(database)
    first, second = read_slice(database, run, 0), read_slice(database, run, 1)
    commit_slice(database, first, lease_slice(database, first), file_row())
    attempt = lease_slice(database, second)
    with pytest.raises(OurFault) as caught:
        commit_slice(database, second, attempt, file_row("b.json"), file_row())
    assert (caught.value.reason, "a.json" in caught.value.message) == ("file-twice", True)
    assert counts(database, run) == (2, 5, 0, 50)
    assert files_of(database, run) == [file_row()]


def test_files_come_back_in_the_order_of_raw_name_date_and_index(database):
    run = writing_run(database)
    piece = read_slice(database, run)
    keys = [
        (None, None, 0),
        ("", date(2026, 1, 1), 0),
        ("Z", date(2026, 1, 1), 0),
        ("Z", date(2026, 1, 2), 0),
        ("Z", date(2026, 1, 2), 1),
        ("Z", date(2026, 1, 2), 10),
        ("a\0\\", date(2026, 1, 1), 0),
        ("é", date(2026, 1, 1), 0),
    ]
    written = [
        file_row(f"{number}.json", event_name=name, event_date=day, file_index=index)
        for number, (name, day, index) in enumerate(keys)
    ]
    attempt = lease_slice(database, piece)
    assert commit_slice(database, piece, attempt, *written[::-1]) == 2
    assert files_of(database, run) == written


def test_thousands_of_files_are_committed_together(database):
    run = writing_run(database)
    piece = read_slice(database, run)
    written = [file_row(f"{number:05}.json", rows=1) for number in range(3_000)]
    attempt = lease_slice(database, piece)
    assert commit_slice(database, piece, attempt, *written) == 2
    assert len(files_of(database, run)) == 3_000
