"""Exports in state: created, advanced by the tick, edited, stopped."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from shared.domain.exports import ExportSpec, ExportStatus
from shared.errors import OurFault
from shared.logs import log
from shared.state.export_rows import (
    Export,
    export_of_row,
    filter_columns,
    get,
    in_bucket,
    list_all,
    live_in_bucket,
    named,
    names_of_live,
    recurring_profiles,
)
from shared.state.new_exports import insert, name_taken
from shared.state.tables import exports

__all__ = [
    "Export",
    "advance",
    "due",
    "get",
    "in_bucket",
    "insert",
    "list_all",
    "live_in_bucket",
    "name_taken",
    "named",
    "names_of_live",
    "recurring_profiles",
    "set_name",
    "set_spec",
    "set_status",
    "stop",
]


def set_name(connection: Connection, account_id: int, export_id: int, name: str | None) -> None:
    """Call the export so; raises IntegrityError when another one got the name meanwhile."""
    connection.execute(
        update(exports)
        .where(exports.c.account_id == account_id, exports.c.export_id == export_id)
        .values(name=name)
    )


def due(connection: Connection, now: datetime, *, limit: int) -> list[Export]:
    """Exports of all accounts with a window due at `now`, the longest overdue first."""
    rows = connection.execute(
        select(exports)
        .where(exports.c.next_due_at <= now)
        .order_by(exports.c.next_due_at, exports.c.export_id)
        .limit(limit)
    )
    return list(_readable(rows))


def _readable(rows: Iterable[Row[Any]]) -> Iterator[Export]:
    """One export that cannot be read must not keep all the others waiting."""
    for row in rows:
        try:
            yield export_of_row(row)
        except OurFault as error:
            log("export_unreadable", export=row.export_id, reason=error.reason)


def advance(
    connection: Connection, moves: Sequence[tuple[Export, datetime, datetime | None]]
) -> set[int]:
    """Move the cursors of exports (export, new cursor, next due); gives the ids of those moved.

    An export that was edited, stopped or moved by another tick since it was read stays as it is.
    Record the windows of the others only: that makes a second tick change nothing.
    """
    before = {export.export_id: export for export, _, _ in moves}
    # The rows stay locked until the transaction ends; the order keeps two ticks from a deadlock.
    current = connection.execute(
        select(exports.c.export_id, exports.c.cursor_at, exports.c.spec_version, exports.c.status)
        .where(exports.c.export_id.in_(before))
        .order_by(exports.c.export_id)
        .with_for_update(key_share=True)
    )
    moved = {row.export_id for row in current if _unchanged(before[row.export_id], row)}
    values = [
        {"b_account": export.account_id, "b_export": export.export_id, "b_new": new, "b_due": due}
        for export, new, due in moves
        if export.export_id in moved
    ]
    if values:
        connection.execute(_MOVE_CURSOR, values)
    return moved


def set_spec(
    connection: Connection,
    before: Export,
    spec: ExportSpec,
    *,
    cursor_at: datetime | None,
    next_due_at: datetime | None,
) -> bool:
    """Store an edit; False when the export has moved on since `before` was read."""
    result = connection.execute(
        update(exports)
        .where(
            exports.c.account_id == before.account_id,
            exports.c.export_id == before.export_id,
            exports.c.spec_version == before.spec_version,
            exports.c.cursor_at == before.cursor_at,
            exports.c.status.in_([str(ExportStatus.PENDING), str(ExportStatus.RUNNING)]),
        )
        .values(
            spec=spec.to_dict(),
            **filter_columns(spec),
            spec_version=before.spec_version + 1,
            cursor_at=cursor_at,
            next_due_at=next_due_at,
        )
    )
    return result.rowcount == 1


def set_status(
    connection: Connection, account_id: int, export_id: int, status: ExportStatus
) -> None:
    """Show `status`; an export that was stopped stays stopped."""
    connection.execute(
        update(exports)
        .where(
            exports.c.account_id == account_id,
            exports.c.export_id == export_id,
            exports.c.status != str(ExportStatus.STOPPED),
        )
        .values(status=str(status))
    )


def stop(connection: Connection, account_id: int, export_id: int, now: datetime) -> bool:
    """Stop the export for good; False when it was DONE or STOPPED before."""
    result = connection.execute(
        update(exports)
        .where(
            exports.c.account_id == account_id,
            exports.c.export_id == export_id,
            exports.c.status.in_([str(ExportStatus.PENDING), str(ExportStatus.RUNNING)]),
        )
        .values(status=str(ExportStatus.STOPPED), stopped_at=now, next_due_at=None)
    )
    return result.rowcount == 1


_MOVE_CURSOR = (
    update(exports)
    .where(
        exports.c.account_id == bindparam("b_account"), exports.c.export_id == bindparam("b_export")
    )
    .values(cursor_at=bindparam("b_new"), next_due_at=bindparam("b_due"))
)


def _unchanged(before: Export, row: Row[*tuple[Any, ...]]) -> bool:
    same = (row.cursor_at, row.spec_version) == (before.cursor_at, before.spec_version)
    return same and row.status in (ExportStatus.PENDING, ExportStatus.RUNNING)
