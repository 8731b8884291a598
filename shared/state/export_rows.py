"""Exports as state knows them: what to deliver, and up to when windows have been recorded."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, select

from shared.domain.exports import DataType, ExportSpec, ExportStatus, Frequency
from shared.state.tables import exports

LIVE_EXPORT = (ExportStatus.PENDING, ExportStatus.RUNNING)


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
    # E-mail address of the member who made it; None for those from before it was kept.
    created_by: str | None = None
    # By which a file that declares exports finds it again.
    name: str | None = None


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


def recurring_profiles(connection: Connection, account_id: int) -> list[int]:
    """The recurring profile exports of the account that are scheduled, newest first."""
    statement = select(exports.c.export_id).where(
        exports.c.account_id == account_id,
        exports.c.data_type == str(DataType.ALL_USER_PROPERTIES),
        exports.c.frequency.in_([str(Frequency.RECURRING), str(Frequency.LIVE)]),
        exports.c.status.in_([str(status) for status in LIVE_EXPORT]),
    )
    return list(connection.scalars(statement.order_by(exports.c.export_id.desc())))


def named(connection: Connection, account_id: int, names: Collection[str]) -> dict[str, Export]:
    """The account's exports that have one of these names."""
    rows = connection.execute(
        select(exports).where(exports.c.account_id == account_id, exports.c.name.in_(names))
    )
    return {row.name: export_of_row(row) for row in rows}


def names_of_live(connection: Connection, account_id: int) -> dict[str, int]:
    """The names of the account's exports that may still deliver, with their ids."""
    rows = connection.execute(
        select(exports.c.name, exports.c.export_id).where(
            exports.c.account_id == account_id,
            exports.c.name.is_not(None),
            exports.c.status.in_([str(status) for status in LIVE_EXPORT]),
        )
    )
    return {row.name: row.export_id for row in rows}


def live_in_bucket(connection: Connection, account_id: int, bucket: str) -> list[int]:
    """Ids of the account's exports into this bucket that may still deliver, oldest first."""
    statement = select(exports.c.export_id).where(
        exports.c.account_id == account_id,
        exports.c.bucket_hash == bucket_hash(bucket),
        exports.c.status.in_([str(status) for status in LIVE_EXPORT]),
    )
    return list(connection.scalars(statement.order_by(exports.c.export_id)))


def in_bucket(connection: Connection, account_id: int, bucket: str, *, limit: int) -> list[Export]:
    """The newest exports of the account into this bucket that were not stopped."""
    statement = (
        select(exports)
        .where(
            exports.c.account_id == account_id,
            exports.c.bucket_hash == bucket_hash(bucket),
            exports.c.status != str(ExportStatus.STOPPED),
        )
        .order_by(exports.c.export_id.desc())
        .limit(limit)
    )
    return [export_of_row(row) for row in connection.execute(statement)]


def bucket_hash(bucket: str) -> str:
    """What the index of exports by bucket holds: addresses may be longer than an index takes."""
    return sha256(bucket.encode("utf-8", "surrogatepass")).hexdigest()


def filter_columns(spec: ExportSpec) -> dict[str, str]:
    """The columns that stand beside the specification so that lists can be filtered by them."""
    return {
        "data_type": str(spec.data_type),
        "format": str(spec.format),
        "frequency": str(spec.frequency),
        "bucket_hash": bucket_hash(spec.bucket),
    }


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
        created_by=values["created_by"],
        name=values["name"],
    )
