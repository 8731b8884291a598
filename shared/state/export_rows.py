"""Exports as state knows them: what to deliver, and up to when windows have been recorded."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from shared.domain.exports import DataType, ExportSpec, ExportStatus, Frequency
from shared.state.tables import exports


@dataclass(frozen=True, slots=True)
class Export:
    """One export; `export_id` is the request id that people see."""

    export_id: int
    account_id: int
    spec: ExportSpec
    spec_version: int
    status: ExportStatus
    created_at: datetime
    cursor_at: datetime | None
    next_due_at: datetime | None
    stopped_at: datetime | None


def get(connection: Connection, account_id: int, export_id: int) -> Export | None:
    """The export, or None when the account has no export of this id."""
    row = connection.execute(
        select(exports).where(exports.c.account_id == account_id, exports.c.export_id == export_id)
    ).one_or_none()
    return None if row is None else export_of_row(row)


def list_all(connection: Connection, account_id: int) -> list[Export]:
    """All exports of the account, newest first."""
    rows = connection.execute(
        select(exports)
        .where(exports.c.account_id == account_id)
        .order_by(exports.c.export_id.desc())
    )
    return [export_of_row(row) for row in rows]


def count_recurring_profiles(connection: Connection, account_id: int) -> int:
    """How many recurring profile exports of the account are scheduled."""
    return sum(
        export.spec.data_type is DataType.ALL_USER_PROPERTIES
        and export.spec.frequency is not Frequency.ONE_TIME
        and export.status in (ExportStatus.PENDING, ExportStatus.RUNNING)
        for export in list_all(connection, account_id)
    )


def export_of_row(row: Row[Any]) -> Export:
    """The export that a row of the table holds."""
    return export_of_values(dict(row._mapping))


def export_of_values(values: dict[str, Any]) -> Export:
    """The export whose columns have these values."""
    return Export(
        export_id=values["export_id"],
        account_id=values["account_id"],
        spec=ExportSpec.from_dict(values["spec"]),
        spec_version=values["spec_version"],
        status=ExportStatus(values["status"]),
        created_at=values["created_at"],
        cursor_at=values["cursor_at"],
        next_due_at=values["next_due_at"],
        stopped_at=values["stopped_at"],
    )
