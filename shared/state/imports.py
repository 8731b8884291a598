"""Imports in state: made, found, listed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from shared.domain.import_specs import ImportSpec
from shared.domain.import_states import BLOCKING, Health, ImportRunStatus, ImportStatus, health_of
from shared.domain.watermarks import Watermark
from shared.errors import Conflict, OurFault
from shared.logs import log
from shared.state.database import insert_new
from shared.state.tables import imports


@dataclass(frozen=True, slots=True)
class Import:
    """One import as state knows it."""

    import_id: int
    account_id: int
    spec: ImportSpec
    spec_version: int
    status: ImportStatus
    created_at: datetime
    created_by: str
    next_run_at: datetime | None
    watermark: Watermark | None
    health: Health
    last_run_at: datetime | None


def insert(
    connection: Connection,
    account_id: int,
    spec: ImportSpec,
    *,
    now: datetime,
    created_by: str,
    status: ImportStatus,
    next_run_at: datetime | None,
) -> Import:
    """Create an import; raises Conflict when the account has one of this nickname."""
    row = {
        "account_id": account_id,
        "nickname": spec.nickname,
        "connection_id": spec.connection_id,
        "spec": spec.to_dict(),
        "spec_version": 1,
        "status": str(status),
        "created_at": now,
        "created_by": created_by,
        "next_run_at": next_run_at,
    }
    made = insert_new(connection, imports, [row], imports.c.import_id)
    if not made:
        raise taken(spec.nickname)
    found = get(connection, account_id, made[0].import_id)
    assert found is not None
    return found


def get(connection: Connection, account_id: int, import_id: int) -> Import | None:
    """The import, or None when the account has none of this id."""
    return _one(connection, of_account(account_id).where(imports.c.import_id == import_id))


def find_named(connection: Connection, account_id: int, nickname: str) -> Import | None:
    """The account's import with this nickname."""
    return _one(connection, of_account(account_id).where(imports.c.nickname == nickname))


def hold(connection: Connection, account_id: int, import_id: int) -> Import | None:
    """The same, kept from being changed by others until the transaction ends."""
    statement = of_account(account_id).where(imports.c.import_id == import_id)
    return _one(connection, statement.with_for_update())


def page(
    connection: Connection,
    account_id: int,
    *,
    connection_id: int | None = None,
    statuses: Sequence[ImportStatus] = (),
    before: int | None = None,
    limit: int,
) -> list[Import]:
    """Imports of the account, the newest first."""
    statement = of_account(account_id)
    if connection_id is not None:
        statement = statement.where(imports.c.connection_id == connection_id)
    if statuses:
        statement = statement.where(imports.c.status.in_([str(each) for each in statuses]))
    if before is not None:
        statement = statement.where(imports.c.import_id < before)
    rows = connection.execute(statement.order_by(imports.c.import_id.desc()).limit(limit))
    return [_import(row) for row in rows]


def names_of_live(connection: Connection, account_id: int) -> list[str]:
    """The nicknames of the account's imports that are not stopped."""
    statement = select(imports.c.nickname).where(
        imports.c.account_id == account_id, imports.c.status != str(ImportStatus.STOPPED)
    )
    return list(connection.scalars(statement))


def blocking(connection: Connection, account_id: int, connection_id: int) -> list[Import]:
    """Imports that keep their connection from being removed."""
    statement = of_account(account_id).where(
        imports.c.connection_id == connection_id,
        imports.c.status.in_([str(status) for status in BLOCKING]),
    )
    rows = connection.execute(statement.order_by(imports.c.import_id))
    return [_import(row) for row in rows]


def due(connection: Connection, now: datetime, *, limit: int) -> list[Import]:
    """Imports of all accounts with a run due at `now`, the longest overdue first."""
    rows = connection.execute(
        select(imports)
        .where(imports.c.next_run_at <= now)
        .order_by(imports.c.next_run_at, imports.c.import_id)
        .limit(limit)
    )
    found = []
    for row in rows:
        try:
            found.append(_import(row))
        except OurFault as error:
            # One import that cannot be read must not keep all the others waiting.
            log("import_unreadable", import_id=row.import_id, reason=error.reason)
    return found


def taken(nickname: str) -> Conflict:
    """Another import has this nickname."""
    return Conflict(f"There is an import with the nickname {nickname} already; choose another.")


def of_account(account_id: int) -> Select[Any]:
    """All imports of an account."""
    return select(imports).where(imports.c.account_id == account_id)


def _one(connection: Connection, statement: Select[Any]) -> Import | None:
    row = connection.execute(statement).one_or_none()
    return None if row is None else _import(row)


def _import(row: Row[Any]) -> Import:
    last = None if row.last_status is None else ImportRunStatus(row.last_status)
    return Import(
        import_id=row.import_id,
        account_id=row.account_id,
        spec=ImportSpec.from_dict(row.spec),
        spec_version=row.spec_version,
        status=ImportStatus(row.status),
        created_at=row.created_at,
        created_by=row.created_by,
        next_run_at=row.next_run_at,
        watermark=None if row.watermark is None else Watermark.from_dict(row.watermark),
        health=health_of(last, row.last_rows_read, row.last_rows_rejected),
        last_run_at=row.last_run_at,
    )
