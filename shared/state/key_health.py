"""What rows with credentials share, buckets and connections: where they lie, and whether they work.

Both tables have the columns `account_id`, `kind`, `email`, `key_id`, `secret`, `credentials_at`,
`worked_at`, `probed_at`, `failing_since` and `failure`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Table, func, select, update

from shared.domain.bucket_access import Access


def access_columns(access: Access) -> dict[str, str | None]:
    """The columns of credentials."""
    return {
        "kind": access.kind,
        "email": access.email,
        "key_id": access.key_id,
        "secret": access.secret,
    }


def access_of(row: Row[Any]) -> Access:
    """The credentials of a row."""
    return Access(row.kind, row.email, row.key_id, row.secret)


def rotate(
    connection: Connection,
    table: Table,
    one: ColumnElement[bool],
    before: tuple[Access, datetime],
    after: Access,
    now: datetime,
) -> bool:
    """Take credentials that work; False when the row is gone or not as it was `before`."""
    access, since = before
    result = connection.execute(
        update(table)
        .where(
            one,
            table.c.secret.is_not_distinct_from(access.secret),
            table.c.credentials_at == since,
        )
        .values(**access_columns(after), credentials_at=now, **_worked(now))
    )
    return result.rowcount == 1


def note(
    connection: Connection,
    table: Table,
    one: ColumnElement[bool],
    failure: str | None,
    now: datetime,
) -> None:
    """Note that a row was tried: None is that it works, else why it does not."""
    failed = {
        "probed_at": now,
        "failing_since": func.coalesce(table.c.failing_since, now),
        "failure": failure,
    }
    connection.execute(
        update(table).where(one).values(**(_worked(now) if failure is None else failed))
    )


def claim_due(
    connection: Connection, key: Column[int], *, before: datetime, now: datetime, limit: int
) -> Sequence[Row[Any]]:
    """Rows of all accounts that were not tried since `before`; each goes to one who asks.

    `key` is the id in the table of the rows.
    """
    table = key.table
    due = select(table).where(table.c.probed_at < before).order_by(table.c.probed_at)
    rows = connection.execute(due.limit(limit).with_for_update(skip_locked=True)).all()
    if rows:
        ids = [getattr(row, key.name) for row in rows]
        connection.execute(update(table).where(key.in_(ids)).values(probed_at=now))
    return rows


def _worked(now: datetime) -> dict[str, datetime | None]:
    return {"worked_at": now, "probed_at": now, "failing_since": None, "failure": None}
