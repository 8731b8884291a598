"""Publishes into the warehouse, registered before they begin and closed when they have ended."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, exists, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from shared.state.database import insert_new
from shared.state.tables import publishes


def begin(connection: Connection, account_id: int, publish_id: str, now: datetime) -> datetime:
    """Register the publish; one that is registered already keeps the moment it began at."""
    row = {"publish_id": publish_id, "account_id": account_id, "began_at": now}
    insert_new(connection, publishes, [row])
    statement = select(publishes.c.began_at).where(
        publishes.c.account_id == account_id, publishes.c.publish_id == publish_id
    )
    began_at: datetime = connection.execute(statement).scalar_one()
    return began_at


def close(connection: Connection, account_id: int, publish_id: str, now: datetime) -> None:
    """Its rows are visible, or never will be; does nothing when it is closed or unknown."""
    connection.execute(
        update(publishes)
        .where(
            publishes.c.account_id == account_id,
            publishes.c.publish_id == publish_id,
            publishes.c.closed_at.is_(None),
        )
        .values(closed_at=now)
    )


def open_since(connection: Connection, account_id: int, publish_id: str) -> datetime | None:
    """When the publish began; None when it is closed or unknown."""
    began_at: datetime | None = connection.scalar(
        select(publishes.c.began_at).where(
            publishes.c.account_id == account_id,
            publishes.c.publish_id == publish_id,
            publishes.c.closed_at.is_(None),
        )
    )
    return began_at


def oldest_open(connection: Connection, account_ids: Iterable[int]) -> dict[int, datetime]:
    """When the oldest open publish of each account began; accounts without one are left out."""
    statement = (
        select(publishes.c.account_id, func.min(publishes.c.began_at))
        .where(
            publishes.c.account_id.in_(sorted(set(account_ids))), publishes.c.closed_at.is_(None)
        )
        .group_by(publishes.c.account_id)
    )

    return {row[0]: row[1] for row in connection.execute(statement)}


def is_open_before(
    account_id: ColumnElement[int], moment: ColumnElement[datetime]
) -> ColumnElement[bool]:
    """Whether a publish of the account began before the moment and is open still."""
    return exists().where(
        publishes.c.account_id == account_id,
        publishes.c.closed_at.is_(None),
        publishes.c.began_at < moment,
    )
