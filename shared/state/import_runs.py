"""Import runs in state: one at a time of an import, moved by conditional updates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from shared.domain.import_specs import ImportSpec
from shared.domain.import_states import OPEN_RUN, STOPPABLE_RUN, ImportRunStatus
from shared.domain.watermarks import Watermark
from shared.state.tables import import_runs

_OPEN = [str(status) for status in OPEN_RUN]


@dataclass(frozen=True, slots=True)
class ImportRun:
    """One run of an import as state knows it; fields are None until the step that sets them."""

    run_id: int
    account_id: int
    import_id: int
    status: ImportRunStatus
    due_at: datetime
    asked_by: str | None
    attempt: int
    failures: int
    spec: ImportSpec | None
    spec_version: int | None
    watermark_from: Watermark | None
    watermark_to: Watermark | None
    staging_id: str | None
    rows_read: int
    rows_rejected: int
    rows_new: int | None
    bytes_processed: int
    rejected_by_reason: dict[str, int]
    error_reason: str | None
    error_message: str | None
    started_at: datetime | None
    finished_at: datetime | None


def record(
    connection: Connection,
    account_id: int,
    import_id: int,
    due_at: datetime,
    *,
    asked_by: str | None = None,
) -> int:
    """Record a run, unless one waits already, which then does for both; gives its id.

    Hold the import's row, so that two at once find each other.
    """
    waiting = connection.scalar(
        select(import_runs.c.run_id).where(
            import_runs.c.account_id == account_id,
            import_runs.c.import_id == import_id,
            import_runs.c.status == str(ImportRunStatus.PENDING),
        )
    )
    if waiting is not None:
        return int(waiting)
    row = {
        "account_id": account_id,
        "import_id": import_id,
        "status": str(ImportRunStatus.PENDING),
        "due_at": due_at,
        "asked_by": asked_by,
    }
    made = connection.execute(insert(import_runs).values(row).returning(import_runs.c.run_id))
    return int(made.scalar_one())


def get(connection: Connection, account_id: int, run_id: int) -> ImportRun | None:
    """The run, or None when the account has none of this id."""
    row = connection.execute(
        select(import_runs).where(
            import_runs.c.account_id == account_id, import_runs.c.run_id == run_id
        )
    ).one_or_none()
    return None if row is None else _run(row)


def page(
    connection: Connection,
    account_id: int,
    import_id: int,
    *,
    before: int | None = None,
    limit: int,
) -> list[ImportRun]:
    """Runs of the import, the newest first."""
    statement = select(import_runs).where(
        import_runs.c.account_id == account_id, import_runs.c.import_id == import_id
    )
    if before is not None:
        statement = statement.where(import_runs.c.run_id < before)
    rows = connection.execute(statement.order_by(import_runs.c.run_id.desc()).limit(limit))
    return [_run(row) for row in rows]


def open_imports(connection: Connection, account_id: int, import_ids: Iterable[int]) -> set[int]:
    """Of these imports, those with a run that was recorded and has not ended."""
    statement = (
        select(import_runs.c.import_id)
        .distinct()
        .where(
            import_runs.c.account_id == account_id,
            import_runs.c.import_id.in_(sorted(import_ids)),
            import_runs.c.status.in_(_OPEN),
        )
    )
    return {int(row.import_id) for row in connection.execute(statement)}


def move(
    connection: Connection,
    run: ImportRun,
    *,
    expected: Sequence[ImportRunStatus],
    attempt: int,
    **values: Any,
) -> bool:
    """Conditional update: only from an expected status and under that lease's token."""
    result = connection.execute(
        update(import_runs)
        .where(
            import_runs.c.account_id == run.account_id,
            import_runs.c.run_id == run.run_id,
            import_runs.c.status.in_([str(status) for status in expected]),
            import_runs.c.attempt == attempt,
        )
        .values(**values)
    )
    return result.rowcount == 1


def stop_open(
    connection: Connection, account_id: int, import_id: int, now: datetime, message: str
) -> int:
    """End the runs of an import whose publish has not begun; gives their number."""
    result = connection.execute(
        update(import_runs)
        .where(
            import_runs.c.account_id == account_id,
            import_runs.c.import_id == import_id,
            import_runs.c.status.in_([str(status) for status in STOPPABLE_RUN]),
        )
        .values(**stopped(message, now))
    )
    return result.rowcount


def stopped(message: str, now: datetime) -> dict[str, Any]:
    """What ends a run that was not published because its import was stopped or paused."""
    return {
        "status": str(ImportRunStatus.STOPPED),
        "error_reason": "stopped",
        "error_message": message,
        "finished_at": now,
        "lease_until": None,
    }


def _run(row: Row[Any]) -> ImportRun:
    values = dict(row._mapping)
    spec = values.pop("spec")
    fields = {name: values[name] for name in ImportRun.__dataclass_fields__ if name in values}
    for name in ("watermark_from", "watermark_to"):
        fields[name] = None if values[name] is None else Watermark.from_dict(values[name])
    return ImportRun(
        **fields
        | {
            "status": ImportRunStatus(values["status"]),
            "spec": None if spec is None else ImportSpec.from_dict(spec["spec"]),
            "spec_version": None if spec is None else spec["version"],
            "rejected_by_reason": values["rejected_by_reason"] or {},
        }
    )
