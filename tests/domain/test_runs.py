"""Which states runs and slices go through, and what an export shows meanwhile."""

from itertools import pairwise, product

import pytest

from shared.domain.choices import ExportStatus, Frequency
from shared.domain.runs import (
    OPEN_RUN,
    OPEN_SLICE,
    RunKind,
    RunStatus,
    SliceStatus,
    export_status,
    may_become,
    may_turn_into,
    too_many_rejects,
)

RUN_WAY = ["PENDING", "PLANNING", "SNAPSHOT", "WRITING", "FINISHING", "DONE"]


def test_a_run_goes_its_way_step_by_step_and_may_fail_or_be_stopped_on_it():
    allowed = set(pairwise(RUN_WAY))
    allowed |= {(status, "FAILED") for status in RUN_WAY[:-1]}
    # A run whose data is all delivered is no longer stopped: its manifest follows.
    allowed |= {(status, "STOPPED") for status in RUN_WAY[:4]}
    # One that failed with all delivered but its manifest may find it there.
    allowed |= {("FAILED", "PENDING")}
    moves = {pair for pair in product(RunStatus, RunStatus) if may_become(*pair)}
    assert moves == allowed


def test_a_slice_may_be_taken_over_given_back_or_cancelled_until_it_is_closed():
    allowed = {("PENDING", "WRITING"), ("PENDING", "CANCELLED")}
    allowed |= {("WRITING", status) for status in SliceStatus}
    moves = {pair for pair in product(SliceStatus, SliceStatus) if may_become(*pair)}
    assert moves == allowed


def test_an_update_can_ask_which_states_may_become_another():
    assert may_turn_into(RunStatus.STOPPED) == ("PENDING", "PLANNING", "SNAPSHOT", "WRITING")
    assert may_turn_into(RunStatus.DONE) == ("FINISHING",)
    assert may_turn_into(RunStatus.PENDING) == ("FAILED",)
    assert may_turn_into(SliceStatus.CANCELLED) == ("PENDING", "WRITING")
    assert may_turn_into(SliceStatus.DONE) == ("WRITING",)


def test_open_states_are_those_with_work_in_hand():
    assert OPEN_RUN == ("PLANNING", "SNAPSHOT", "WRITING", "FINISHING")
    assert OPEN_SLICE == ("PENDING", "WRITING")


def test_the_kinds_are_those_of_the_manifest():
    assert set(RunKind) == {"first", "incremental", "one_time", "replay", "supplement"}


@pytest.mark.parametrize(
    ("frequency", "stopped", "open_runs", "done_runs", "shown"),
    [
        (Frequency.ONE_TIME, False, 0, 0, ExportStatus.PENDING),
        (Frequency.ONE_TIME, False, 1, 0, ExportStatus.RUNNING),
        (Frequency.ONE_TIME, False, 0, 1, ExportStatus.DONE),
        (Frequency.ONE_TIME, True, 1, 0, ExportStatus.STOPPED),
        (Frequency.RECURRING, False, 0, 0, ExportStatus.PENDING),
        (Frequency.RECURRING, False, 2, 5, ExportStatus.RUNNING),
        (Frequency.RECURRING, False, 0, 5, ExportStatus.PENDING),
        (Frequency.RECURRING, True, 0, 5, ExportStatus.STOPPED),
        (Frequency.LIVE, False, 1, 0, ExportStatus.RUNNING),
        (Frequency.LIVE, False, 0, 9, ExportStatus.PENDING),
    ],
)
def test_an_export_shows_pending_running_done_or_stopped(
    frequency, stopped, open_runs, done_runs, shown
):
    status = export_status(frequency, stopped=stopped, open_runs=open_runs, done_runs=done_runs)
    assert status is shown


@pytest.mark.parametrize(
    ("rejected", "rows", "fails"),
    [
        (0, 0, False),
        (100, 100, False),
        (101, 101, True),
        (101, 100_999, True),
        (101, 101_000, False),
        (1_000, 1_000_000, False),
        (1_001, 1_000_000, True),
    ],
)
def test_a_run_fails_over_a_thousandth_and_over_a_hundred_rejected_rows(rejected, rows, fails):
    assert too_many_rejects(rejected, rows) is fails
