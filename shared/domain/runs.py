"""The life of runs and slices: their states, the moves between them, and what an export shows."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TypeVar

from shared.domain.choices import ExportStatus, Frequency

# A run fails when more rows are rejected than both of these: one bad row in a small export is no
# reason to hold back the rest, and 0.1 % of a large one is a fault in the data.
REJECTS_MAX = 100
REJECTS_PER_1000_MAX = 1


class RunKind(StrEnum):
    """Why a run exists; FIRST is the full base where profiles are exported on a schedule."""

    FIRST = "first"
    INCREMENTAL = "incremental"
    ONE_TIME = "one_time"
    REPLAY = "replay"
    SUPPLEMENT = "supplement"


class RunStatus(StrEnum):
    """How far a run has come; DONE means that its manifest is delivered."""

    PENDING = "PENDING"
    PLANNING = "PLANNING"
    SNAPSHOT = "SNAPSHOT"
    WRITING = "WRITING"
    FINISHING = "FINISHING"
    DONE = "DONE"
    FAILED = "FAILED"
    STOPPED = "STOPPED"


class SliceStatus(StrEnum):
    """How far a slice has come; CANCELLED means that its run ended before it."""

    PENDING = "PENDING"
    WRITING = "WRITING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


# Once all data stands in the bucket a run can no longer be stopped: its manifest tells the truth.
# A run that failed after that waits again, since its manifest may lie in the bucket.
RUN_MOVES: Mapping[RunStatus, frozenset[RunStatus]] = {
    RunStatus.PENDING: frozenset({RunStatus.PLANNING, RunStatus.FAILED, RunStatus.STOPPED}),
    RunStatus.PLANNING: frozenset({RunStatus.SNAPSHOT, RunStatus.FAILED, RunStatus.STOPPED}),
    RunStatus.SNAPSHOT: frozenset({RunStatus.WRITING, RunStatus.FAILED, RunStatus.STOPPED}),
    RunStatus.WRITING: frozenset({RunStatus.FINISHING, RunStatus.FAILED, RunStatus.STOPPED}),
    RunStatus.FINISHING: frozenset({RunStatus.DONE, RunStatus.FAILED}),
    RunStatus.DONE: frozenset(),
    RunStatus.FAILED: frozenset({RunStatus.PENDING}),
    RunStatus.STOPPED: frozenset(),
}
# A slice that is being written may be taken over, given back, or cancelled with its run.
SLICE_MOVES: Mapping[SliceStatus, frozenset[SliceStatus]] = {
    SliceStatus.PENDING: frozenset({SliceStatus.WRITING, SliceStatus.CANCELLED}),
    SliceStatus.WRITING: frozenset(SliceStatus),
    SliceStatus.DONE: frozenset(),
    SliceStatus.FAILED: frozenset(),
    SliceStatus.CANCELLED: frozenset(),
}
OPEN_RUN = (RunStatus.PLANNING, RunStatus.SNAPSHOT, RunStatus.WRITING, RunStatus.FINISHING)
ENDED_RUN = (RunStatus.DONE, RunStatus.FAILED, RunStatus.STOPPED)
OPEN_SLICE = (SliceStatus.PENDING, SliceStatus.WRITING)

State = TypeVar("State", RunStatus, SliceStatus)


def may_become(before: State, after: State) -> bool:
    """True when a run or a slice may go from one state to the other."""
    if isinstance(before, RunStatus):
        return after in RUN_MOVES[before]
    return after in SLICE_MOVES[before]


def may_turn_into(after: State) -> tuple[State, ...]:
    """The states that may become `after`: the condition of an update, in order of progress."""
    states: Iterable[State] = type(after)
    return tuple(before for before in states if may_become(before, after))


def export_status(
    frequency: Frequency, *, stopped: bool, open_runs: int, done_runs: int
) -> ExportStatus:
    """What an export shows: RUNNING while a run is open, PENDING while it awaits the next one.

    A one-time export is DONE once its run is delivered; a recurring one returns to PENDING. A
    failed run leaves the export PENDING: it will be planned afresh.
    """
    if stopped:
        return ExportStatus.STOPPED
    if open_runs:
        return ExportStatus.RUNNING
    if frequency is Frequency.ONE_TIME and done_runs:
        return ExportStatus.DONE
    return ExportStatus.PENDING


def too_many_rejects(rejected: int, rows: int) -> bool:
    """True when over 0.1 % of the rows and over 100 rows are rejected: then the run fails."""
    return rejected > REJECTS_MAX and rejected * 1000 > rows * REJECTS_PER_1000_MAX


def query_cost(bytes_processed: int, usd_per_tib: float) -> float:
    """What a warehouse that bills queries by the bytes they read asks for, in US dollars."""
    return bytes_processed / 2**40 * usd_per_tib
