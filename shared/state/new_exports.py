"""New exports in state: the id of each is the second in which it was made, or the next free."""

from datetime import datetime

from sqlalchemy import Connection, select

from shared.domain.exports import ExportSpec, ExportStatus
from shared.errors import Conflict
from shared.state.database import insert_new
from shared.state.export_rows import Export, export_of_values, filter_columns, named
from shared.state.tables import exports


def insert(
    connection: Connection,
    account_id: int,
    spec: ExportSpec,
    *,
    now: datetime,
    cursor_at: datetime | None,
    next_due_at: datetime | None,
    created_by: str | None = None,
    name: str | None = None,
) -> Export:
    """Create an export; its id is the epoch second of `now`, plus one until free.

    Raises Conflict when the account has an export of this name.
    """
    export_id = int(now.timestamp())
    while True:
        if name is not None and named(connection, account_id, [name]):
            raise name_taken(name)
        row = {
            "export_id": export_id,
            "account_id": account_id,
            "spec": spec.to_dict(),
            "spec_version": 1,
            "status": str(ExportStatus.PENDING),
            "created_at": now,
            "cursor_at": cursor_at,
            "next_due_at": next_due_at,
            "stopped_at": None,
            "created_by": created_by,
            "name": name,
            **filter_columns(spec),
        }
        if insert_new(connection, exports, [row], exports.c.export_id):
            return export_of_values(row)
        export_id = _free_id(connection, export_id)


def name_taken(name: str) -> Conflict:
    """An account has each name once."""
    return Conflict(f"There is an export named {name} already; give another name.")


def _free_id(connection: Connection, taken: int) -> int:
    """The first id after `taken` that no export has."""
    later = exports.alias()
    last_of_a_row = (
        select(exports.c.export_id)
        .where(
            exports.c.export_id >= taken,
            ~select(later).where(later.c.export_id == exports.c.export_id + 1).exists(),
        )
        .order_by(exports.c.export_id)
        .limit(1)
    )
    return int(connection.scalar(last_of_a_row) or taken) + 1
