"""Recording runs: the same window twice is one run, and each run of an export has its own stamp."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from shared.domain.runs import RunKind, RunStatus
from shared.domain.windows import Window
from shared.state.database import insert_new
from shared.state.tables import runs

# Runs looked up by one statement: neither database takes more than 32,766 parameters.
RUNS_PER_INSERT = 1_000


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


_KEY = (runs.c.export_id, runs.c.kind, runs.c.window_end_at, runs.c.sequence)


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
    return replace(run, stamp=run.stamp + 1)


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
