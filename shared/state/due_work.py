"""Work that is looked at when it is due, by one at a time: claimed, then settled or postponed.

A claim moves `due_at` on by a lease, so that work whose holder died is due again. The attempt is
the fencing token: whoever comes too late settles nothing.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Table, select, update


def claim_next(
    connection: Connection, table: Table, now: datetime, *, lease: timedelta
) -> Row[Any] | None:
    """The row that has been due for longest, as this claim leaves it; None when none is due."""
    # Of two at once the second takes the next row, where the database knows how.
    due = (
        select(*table.primary_key.columns)
        .where(table.c.due_at <= now)
        .order_by(table.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found = connection.execute(due).one_or_none()
    return None if found is None else claim(connection, table, tuple(found), now, lease=lease)


def claim(
    connection: Connection, table: Table, key: tuple[Any, ...], now: datetime, *, lease: timedelta
) -> Row[Any] | None:
    """The row of this key if it is due, as this claim leaves it."""
    return connection.execute(
        update(table)
        .where(*_is(table, key), table.c.due_at <= now)
        .values(attempt=table.c.attempt + 1, failures=table.c.failures + 1, due_at=now + lease)
        .returning(table)
    ).one_or_none()


def settle(
    connection: Connection, table: Table, key: tuple[Any, ...], attempt: int, **values: Any
) -> bool:
    """Write down what came of the work, and when to look again; False when it was taken over.

    `failures` goes back to 0 unless it is among the values.
    """
    result = connection.execute(
        update(table)
        .where(*_is(table, key), table.c.attempt == attempt)
        .values(**({"failures": 0} | values))
    )
    return result.rowcount == 1


def _is(table: Table, key: tuple[Any, ...]) -> list[Any]:
    return [column == value for column, value in zip(table.primary_key.columns, key, strict=True)]
