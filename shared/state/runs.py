"""Runs in state: one delivery of one window, from its recording to its manifest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, update

from shared.domain.exports import ExportSpec
from shared.domain.runs import OPEN_RUN, OPEN_SLICE, RunKind, RunStatus, SliceStatus, may_turn_into
from shared.domain.windows import Window
from shared.state.database import insert_new
from shared.state.leases import unleased, unpublished
from shared.state.tables import runs, slices

# Runs looked up by one statement: neither database takes more than 32,766 parameters.
RUNS_PER_INSERT = 1_000
# An error's message is for people; a longer one would only fill the table.
ERROR_CHARS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Run:
    """One run as state knows it; fields are None until the step that sets them."""

    run_id: int
    account_id: int
    export_id: int
    kind: RunKind
    window: Window
    sequence: int
    stamp: int
    replaces_stamp: int | None
    status: RunStatus
    due_at: datetime
    attempt: int
    spec: ExportSpec | None
    database_id: str | None
    freeze_at: datetime | None
    schema: dict[str, dict[str, str]] | None
    snapshot_id: str | None
    rows_expected: int | None
    rows_duplicate: int | None
    rows_late: int | None
    slices_total: int | None
    slices_open: int | None
    rows_written: int
    rows_rejected: int
    bytes_written: int
    manifest: bytes | None
    error_reason: str | None
    error_message: str | None
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run about to be recorded."""

    account_id: int
    export_id: int
    kind: RunKind
    window: Window
    stamp: int
    due_at: datetime
    sequence: int = 0
    replaces_stamp: int | None = None


def record(connection: Connection, new_runs: Iterable[NewRun]) -> list[int]:
    """Record runs; those whose key (export, kind, window end, sequence) exists stay as they are.

    A stamp that the export has used already grows by one until it is free. Returns new run ids.
    """
    made: list[int] = []
    every = list(new_runs)
    for first in range(0, len(every), RUNS_PER_INSERT):
        made += _record(connection, every[first : first + RUNS_PER_INSERT])
    return made


def _record(connection: Connection, pending: list[NewRun]) -> list[int]:
    made: list[int] = []
    while pending:
        rows = insert_new(connection, runs, [_values(run) for run in pending], runs.c.run_id, *_KEY)
        made += [row.run_id for row in rows]
        inserted = {tuple(row)[1:] for row in rows}
        rest = [run for run in pending if _key(run) not in inserted]
        known = _existing_keys(connection, rest)
        pending = [_restamped(run) for run in rest if _key(run) not in known]
    return made


def get(connection: Connection, account_id: int, run_id: int) -> Run | None:
    """The run, or None when the account has no run of this id."""
    row = connection.execute(
        select(runs).where(runs.c.account_id == account_id, runs.c.run_id == run_id)
    ).one_or_none()
    return None if row is None else _run(row)


def list_for_export(connection: Connection, account_id: int, export_id: int) -> list[Run]:
    """All runs of one export in the order of their windows."""
    rows = connection.execute(
        select(runs)
        .where(runs.c.account_id == account_id, runs.c.export_id == export_id)
        .order_by(runs.c.window_end_at, runs.c.sequence, runs.c.run_id)
    )
    return [_run(row) for row in rows]


def count_open_and_done(connection: Connection, account_id: int, export_id: int) -> tuple[int, int]:
    """How many runs of the export are planned or written now, and how many are delivered."""
    is_open = runs.c.status.in_([str(status) for status in OPEN_RUN])
    statement = select(
        func.count().filter(is_open), func.count().filter(runs.c.status == str(RunStatus.DONE))
    ).where(runs.c.account_id == account_id, runs.c.export_id == export_id)
    row = connection.execute(statement).one()
    return int(row[0]), int(row[1])


def claim_publishable(
    connection: Connection, now: datetime, published_before: datetime, *, lease: timedelta
) -> list[tuple[int, int]]:
    """Mark as published every run that the planner should hear of; gives (account, run) pairs.

    These are due runs that no message named since `published_before` and no living lease holds.
    One statement decides, so that of two ticks only one publishes a run.
    """
    statement = (
        update(runs)
        .where(
            runs.c.status.in_([str(status) for status in (RunStatus.PENDING, *OPEN_RUN)]),
            # While slices are open the run is the workers' work; then it waits to be finished.
            or_(runs.c.status != str(RunStatus.WRITING), runs.c.slices_open == 0),
            runs.c.due_at <= now,
            unpublished(runs, now, published_before),
            unleased(runs, now, lease),
        )
        .values(published_at=now)
        .returning(runs.c.account_id, runs.c.run_id)
    )
    return sorted((row.account_id, row.run_id) for row in connection.execute(statement))


def take_lease(
    connection: Connection,
    run: Run,
    *,
    owner: str,
    now: datetime,
    until: datetime,
) -> int | None:
    """Take the planner's lease; gives the fencing token, or None while somebody holds it."""
    row = connection.execute(
        update(runs)
        .where(
            runs.c.account_id == run.account_id,
            runs.c.run_id == run.run_id,
            runs.c.status.in_([str(status) for status in OPEN_RUN] + [str(RunStatus.PENDING)]),
            unleased(runs, now, until - now),
        )
        .values(attempt=runs.c.attempt + 1, lease_until=until, lease_owner=owner)
        .returning(runs.c.attempt)
    ).one_or_none()
    return None if row is None else int(row.attempt)


def move(
    connection: Connection,
    account_id: int,
    run_id: int,
    *,
    expected: Sequence[RunStatus],
    attempt: int | None = None,
    **values: Any,
) -> bool:
    """Conditional update: only from an expected status and, if given, under that lease's token."""
    conditions = [
        runs.c.account_id == account_id,
        runs.c.run_id == run_id,
        runs.c.status.in_([str(status) for status in expected]),
    ]
    if attempt is not None:
        conditions.append(runs.c.attempt == attempt)
    result = connection.execute(update(runs).where(*conditions).values(**values))
    return result.rowcount == 1


def release_lease(connection: Connection, account_id: int, run_id: int, attempt: int) -> None:
    """Give the planner's lease back, if it still is this attempt's."""
    connection.execute(
        update(runs)
        .where(runs.c.account_id == account_id, runs.c.run_id == run_id, runs.c.attempt == attempt)
        .values(lease_until=None, lease_owner=None, published_at=None)
    )


def end(
    connection: Connection,
    account_id: int,
    run_id: int,
    *,
    status: RunStatus,
    now: datetime,
    reason: str,
    message: str,
) -> bool:
    """End a run that will not be delivered and cancel its open slices; False when it had ended."""
    ended = move(
        connection,
        account_id,
        run_id,
        expected=[RunStatus.PENDING, *OPEN_RUN],
        status=str(status),
        error_reason=reason,
        error_message=_storable(message)[:ERROR_CHARS_MAX],
        finished_at=now,
        lease_until=None,
    )
    if ended:
        connection.execute(
            update(slices)
            .where(
                slices.c.account_id == account_id,
                slices.c.run_id == run_id,
                slices.c.status.in_([str(open_status) for open_status in OPEN_SLICE]),
            )
            .values(status=str(SliceStatus.CANCELLED), lease_until=None)
        )
    return ended


def ids_to_stop(connection: Connection, account_id: int, export_id: int) -> list[int]:
    """Runs of the export with files still to come; one that is finishing has none."""
    return list(
        connection.scalars(
            select(runs.c.run_id).where(
                runs.c.account_id == account_id,
                runs.c.export_id == export_id,
                runs.c.status.in_([str(status) for status in may_turn_into(RunStatus.STOPPED)]),
            )
        )
    )


_KEY = (runs.c.export_id, runs.c.kind, runs.c.window_end_at, runs.c.sequence)


def _storable(message: str) -> str:
    """Text that both databases take: what they cannot hold is written as an escape."""
    return message.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def _key(run: NewRun) -> tuple[Any, ...]:
    return (run.export_id, str(run.kind), run.window.end_at, run.sequence)


def _existing_keys(connection: Connection, wanted: Sequence[NewRun]) -> set[tuple[Any, ...]]:
    if not wanted:
        return set()
    ids = sorted({run.export_id for run in wanted})
    ends = sorted({run.window.end_at for run in wanted})
    rows = connection.execute(
        select(*_KEY).where(runs.c.export_id.in_(ids), runs.c.window_end_at.in_(ends))
    )
    return {tuple(row) for row in rows}


def _restamped(run: NewRun) -> NewRun:
    return NewRun(
        run.account_id,
        run.export_id,
        run.kind,
        run.window,
        run.stamp + 1,
        run.due_at,
        run.sequence,
        run.replaces_stamp,
    )


def _values(run: NewRun) -> dict[str, Any]:
    return {
        "account_id": run.account_id,
        "export_id": run.export_id,
        "kind": str(run.kind),
        "window_start_at": run.window.start_at,
        "window_end_at": run.window.end_at,
        "sequence": run.sequence,
        "stamp": run.stamp,
        "replaces_stamp": run.replaces_stamp,
        "status": str(RunStatus.PENDING),
        "due_at": run.due_at,
    }


def _run(row: Row[Any]) -> Run:
    values = dict(row._mapping)
    fields = {name: values[name] for name in Run.__dataclass_fields__ if name in values}
    fields["kind"] = RunKind(values["kind"])
    fields["status"] = RunStatus(values["status"])
    fields["window"] = Window(values["window_start_at"], values["window_end_at"])
    fields["spec"] = None if values["spec"] is None else ExportSpec.from_dict(values["spec"])
    return Run(**fields)
