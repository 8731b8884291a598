"""Runs as state knows them: one delivery of one window, from its recording to its manifest."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from shared.domain.exports import ExportSpec
from shared.domain.runs import OPEN_RUN, RunKind, RunStatus, may_turn_into
from shared.domain.windows import Window
from shared.state.tables import runs


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
    failures: int
    spec: ExportSpec | None
    database_id: str | None
    freeze_at: datetime | None
    schema: dict[str, dict[str, str]] | None
    snapshot_id: str | None
    rows_expected: int | None
    rows_duplicate: int | None
    rows_late: int | None
    ids_checksum: int | None
    bytes_processed: int
    cost_usd: float
    slices_total: int | None
    slices_open: int | None
    rows_written: int
    rows_rejected: int
    bytes_written: int
    files_written: int
    manifest: bytes | None
    error_reason: str | None
    error_message: str | None
    started_at: datetime | None
    finished_at: datetime | None


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


def list_delivered(connection: Connection, account_id: int, export_id: int) -> list[Run]:
    """Those that are delivered, likewise, without their manifests, which may be large."""
    rows = connection.execute(
        select(*(column for column in runs.c if column.name != "manifest"))
        .where(
            runs.c.account_id == account_id,
            runs.c.export_id == export_id,
            runs.c.status == str(RunStatus.DONE),
        )
        .order_by(runs.c.window_end_at, runs.c.sequence, runs.c.run_id)
    )
    return [_run(row) for row in rows.all()]


def count_open_and_done(connection: Connection, account_id: int, export_id: int) -> tuple[int, int]:
    """How many runs of the export are planned or written now, and how many are delivered."""
    is_open = runs.c.status.in_([str(status) for status in OPEN_RUN])
    statement = select(
        func.count().filter(is_open), func.count().filter(runs.c.status == str(RunStatus.DONE))
    ).where(runs.c.account_id == account_id, runs.c.export_id == export_id)
    row = connection.execute(statement).one()
    return int(row[0]), int(row[1])


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


def _run(row: Row[Any]) -> Run:
    values = dict(row._mapping)
    fields = {name: values[name] for name in Run.__dataclass_fields__ if name in values}
    fields["kind"] = RunKind(values["kind"])
    fields["status"] = RunStatus(values["status"])
    fields["window"] = Window(values["window_start_at"], values["window_end_at"])
    fields["spec"] = None if values["spec"] is None else ExportSpec.from_dict(values["spec"])
    return Run(**{"manifest": None} | fields)
