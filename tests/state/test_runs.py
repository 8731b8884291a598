"""A window is one run however often it is recorded, and a run ends once."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.runs import RunKind, RunStatus, SliceStatus
from shared.domain.windows import Window
from shared.redaction import DETAIL_CHARS_MAX
from shared.state import runs, slices
from tests.domain.makers import HOUR, MINUTE, NOW, recurring
from tests.state.makers import (
    ACCOUNT,
    SECOND,
    add_run,
    at_once,
    commit_slice,
    file_row,
    lease_slice,
    make_export,
    new_run,
    processes_at_once,
    read_run,
    read_slice,
    set_run,
    window,
    writing_run,
)


def record(database, *new_runs):
    return database.run(lambda c: runs.record(c, new_runs))


def recorded(database, export):
    return database.run(lambda c: runs.list_for_export(c, export.account_id, export.export_id))


def end(database, run, status=RunStatus.FAILED, message="m"):
    return database.run(
        lambda c: runs.end(
            c, run.account_id, run.run_id, status=status, now=NOW, reason="r", message=message
        )
    )


def test_a_run_comes_back_as_it_was_recorded(database):
    export = make_export(database)
    span = Window(NOW - timedelta(microseconds=1), datetime(2026, 11, 22, 2, tzinfo=UTC))
    made = new_run(export, window=span, sequence=2, replaces_stamp=5, kind=RunKind.REPLAY)
    run = read_run(database, *record(database, made))
    assert (run.window, run.kind, run.sequence, run.replaces_stamp) == (span, made.kind, 2, 5)
    assert (run.stamp, run.due_at, run.status) == (made.stamp, made.due_at, RunStatus.PENDING)
    assert (run.attempt, run.rows_written, run.rows_rejected, run.spec) == (0, 0, 0, None)
    assert database.run(lambda c: runs.get(c, ACCOUNT + 1, run.run_id)) is None


def test_recording_again_changes_nothing(database):
    export = make_export(database)
    first = record(database, new_run(export, 0), new_run(export, 1))
    before = recorded(database, export)
    again = record(database, *[new_run(export, number) for number in (2, 1, 0)])
    assert (len(first), len(again)) == (2, 1)
    assert recorded(database, export)[:2] == before
    assert [run.window for run in recorded(database, export)] == [window(n) for n in range(3)]
    assert record(database) == []


def test_a_stamp_that_is_taken_grows_by_one_until_it_is_free(database):
    export, other = make_export(database), make_export(database, now=NOW + SECOND)
    stamp = int(window().end_at.timestamp())
    for sequence in (1, 2, 0, 3):
        add_run(database, export, sequence=sequence, stamp=stamp)
    stamps = {run.sequence: run.stamp for run in recorded(database, export)}
    assert stamps == {1: stamp, 2: stamp + 1, 0: stamp + 2, 3: stamp + 3}
    assert add_run(database, other).stamp == stamp


def test_runs_that_want_one_stamp_in_the_same_call_get_one_each(database):
    export = make_export(database)
    record(database, *[new_run(export, number, stamp=100) for number in range(4)])
    assert sorted(run.stamp for run in recorded(database, export)) == [100, 101, 102, 103]


def test_a_window_that_was_recorded_keeps_its_stamp_when_the_wanted_one_is_taken(database):
    export = make_export(database)
    add_run(database, export, 0, stamp=100)
    assert record(database, new_run(export, 0, stamp=100), new_run(export, 0, stamp=200)) == []
    assert [run.stamp for run in recorded(database, export)] == [100]


def test_thousands_of_runs_are_recorded_together_and_only_once(database):
    export = make_export(database)
    wanted = [new_run(export, number) for number in range(2_500)]
    assert len(record(database, *wanted)) == 2_500
    more = [new_run(export, number) for number in range(2_510)]
    assert len(record(database, *more)) == 10


def test_threads_that_record_the_same_windows_at_once_make_each_run_once(database):
    export = make_export(database)
    wanted = [new_run(export, number) for number in range(50)]
    orders = (wanted, wanted[::-1], wanted[::2] + wanted[1::2])
    made = at_once(*[lambda order=order: record(database, *order) for order in orders])
    assert sorted(run_id for ids in made for run_id in ids) == sorted(
        run.run_id for run in recorded(database, export)
    )
    assert [run.window for run in recorded(database, export)] == [window(n) for n in range(50)]


RECORD = """
import sys
from shared.state import exports, runs
from shared.state.database import Database
from tests.state.makers import ACCOUNT, new_run
database = Database(sys.argv[1])
(export,) = database.run(lambda c: exports.list_all(c, ACCOUNT))
print("ready", flush=True)
sys.stdin.readline()
wanted = [new_run(export, number, stamp=100 + number // 2) for number in range(40)]
print(len(database.run(lambda c: runs.record(c, wanted))))
database.close()
"""


def test_processes_that_record_the_same_windows_at_once_make_each_run_once(database, state_url):
    export = make_export(database)
    counts = processes_at_once(2, RECORD, state_url)
    assert sum(map(int, counts)) == 40
    made = recorded(database, export)
    assert [run.window for run in made] == [window(number) for number in range(40)]
    assert len({run.stamp for run in made}) == 40


def test_a_run_moves_only_from_where_its_mover_believes_it_to_be(database):
    run = add_run(database, make_export(database))

    def plan(expected, **given):
        return database.run(
            lambda c: runs.move(
                c, ACCOUNT, run.run_id, expected=expected, status="PLANNING", **given
            )
        )

    assert not plan([RunStatus.SNAPSHOT])
    assert not plan([RunStatus.PENDING], attempt=1)
    assert plan([RunStatus.PENDING], attempt=0)
    assert not plan([RunStatus.PENDING], attempt=0)
    assert read_run(database, run.run_id).status is RunStatus.PLANNING


def test_of_many_who_move_a_run_at_once_one_does(database):
    run = add_run(database, make_export(database))

    def move():
        return database.run(
            lambda c: runs.move(
                c, ACCOUNT, run.run_id, expected=[RunStatus.PENDING], status="PLANNING"
            )
        )

    assert sorted(at_once(*[move] * 4)) == [False, False, False, True]


def test_what_a_plan_freezes_comes_back_as_it_was(database):
    run = add_run(database, make_export(database))
    spec = recurring(events=(), bucket="gs://b\\ü")
    schema = {"a\0b": {"x\\": "bool"}, "session:😀": {}}
    values = {"spec": spec.to_dict(), "schema": schema, "freeze_at": NOW, "manifest": b"\0\xff"}
    set_run(database, run, **values, rows_expected=2**40)
    after = read_run(database, run.run_id)
    assert (after.spec, after.schema, after.freeze_at) == (spec, schema, NOW)
    assert (after.manifest, after.rows_expected) == (b"\0\xff", 2**40)


def test_a_run_ends_once_and_what_is_open_of_it_is_cancelled(database):
    run = writing_run(database, parts=3)
    done = read_slice(database, run, 0)
    commit_slice(database, done, lease_slice(database, done), file_row())
    lease_slice(database, read_slice(database, run, 1))
    assert end(database, run, message="first")
    assert not end(database, run, RunStatus.STOPPED, message="second")
    after = read_run(database, run.run_id)
    assert (after.status, after.error_reason, after.error_message) == ("FAILED", "r", "first")
    assert after.finished_at == NOW
    statuses = [read_slice(database, run, number).status for number in range(3)]
    assert statuses == [SliceStatus.DONE, SliceStatus.CANCELLED, SliceStatus.CANCELLED]
    assert database.run(lambda c: slices.list_files(c, ACCOUNT, run.run_id)) == [file_row()]


@pytest.mark.parametrize("status", [RunStatus.DONE, RunStatus.FAILED, RunStatus.STOPPED])
def test_a_run_that_has_ended_is_not_ended_again(database, status):
    run = add_run(database, make_export(database))
    set_run(database, run, status=status.value)
    assert not end(database, run)
    assert read_run(database, run.run_id).status is status


def test_an_error_may_say_anything_at_any_length(database):
    run = add_run(database, make_export(database))
    assert end(database, run, message="no\0 \udcff é" + "x" * 5_000)
    message = read_run(database, run.run_id).error_message
    assert message.startswith("no éxxx")
    assert len(message) == DETAIL_CHARS_MAX


def test_runs_are_listed_in_the_order_of_their_windows(database):
    export = make_export(database)
    for number, sequence in ((2, 0), (0, 1), (1, 0), (0, 0)):
        add_run(database, export, number, sequence=sequence)
    add_run(database, make_export(database))
    order = [(run.window, run.sequence) for run in recorded(database, export)]
    assert order == [(window(0), 0), (window(0), 1), (window(1), 0), (window(2), 0)]


def test_open_and_delivered_runs_are_counted_and_those_to_stop_are_named(database):
    export = make_export(database)
    ids = {}
    for number, status in enumerate(RunStatus):
        run = add_run(database, export, number)
        set_run(database, run, status=status.value)
        ids[status] = run.run_id
    counted = database.run(lambda c: runs.count_open_and_done(c, ACCOUNT, export.export_id))
    assert counted == (4, 1)
    to_stop = database.run(lambda c: runs.ids_to_stop(c, ACCOUNT, export.export_id))
    names = ("PENDING", "PLANNING", "SNAPSHOT", "WRITING")
    assert sorted(to_stop) == sorted(ids[RunStatus(name)] for name in names)


def test_times_of_any_offset_are_the_same_moment_in_state(database):
    run = add_run(database, make_export(database))
    moment = datetime.fromisoformat("2026-03-29T03:30:00.000001+02:00")
    set_run(database, run, started_at=moment)
    assert read_run(database, run.run_id).started_at == moment
    assert read_run(database, run.run_id).started_at.utcoffset() == 0 * MINUTE
    with pytest.raises(Exception, match="aware times only"):
        set_run(database, run, started_at=(NOW + HOUR).replace(tzinfo=None))
