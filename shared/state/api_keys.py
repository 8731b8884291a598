"""API keys in state: their hashes and what they may do; a secret itself is never here."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from shared.state.tables import api_keys

# When a key was used is kept to the hour, so that requests do not each write a row.
USED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of an account."""

    key_id: str
    account_id: int
    name: str
    scopes: frozenset[str]
    created_at: datetime
    created_by: str
    # To the hour; None when it was never used.
    used_at: datetime | None
    revoked_at: datetime | None
    secret_hash: str = field(repr=False)


def add(connection: Connection, key: ApiKey) -> None:
    """Store a new key."""
    connection.execute(
        insert(api_keys).values(
            key_id=key.key_id,
            account_id=key.account_id,
            name=key.name,
            secret_hash=key.secret_hash,
            scopes=sorted(key.scopes),
            created_at=key.created_at,
            created_by=key.created_by,
        )
    )


def find(connection: Connection, key_id: str) -> ApiKey | None:
    """The key of whichever account: its secret is what proves who asks."""
    row = connection.execute(select(api_keys).where(api_keys.c.key_id == key_id)).one_or_none()
    return None if row is None else _key(row)


def list_all(connection: Connection, account_id: int) -> list[ApiKey]:
    """All keys of the account, the newest first, revoked ones among them."""
    rows = connection.execute(
        select(api_keys)
        .where(api_keys.c.account_id == account_id)
        .order_by(api_keys.c.created_at.desc(), api_keys.c.key_id)
    )
    return [_key(row) for row in rows]


def count_living(connection: Connection, account_id: int) -> int:
    """How many keys of the account are not revoked."""
    statement = (
        select(func.count())
        .select_from(api_keys)
        .where(api_keys.c.account_id == account_id, api_keys.c.revoked_at.is_(None))
    )
    return int(connection.scalars(statement).one())


def set_used(connection: Connection, account_id: int, key_id: str, now: datetime) -> None:
    """Note that the key was used, unless that was noted within the hour."""
    columns = api_keys.c
    connection.execute(
        update(api_keys)
        .where(
            columns.account_id == account_id,
            columns.key_id == key_id,
            or_(columns.used_at.is_(None), columns.used_at <= now - USED_EVERY),
        )
        .values(used_at=now)
    )


def revoke(
    connection: Connection, account_id: int, key_ids: Iterable[str], now: datetime
) -> list[str]:
    """Make keys useless for good; gives the ids of those that were of use until now."""
    columns = api_keys.c
    return sorted(
        connection.scalars(
            update(api_keys)
            .where(
                columns.account_id == account_id,
                columns.key_id.in_(list(key_ids)),
                columns.revoked_at.is_(None),
            )
            .values(revoked_at=now)
            .returning(columns.key_id)
        )
    )


def living_ids_of(connection: Connection, account_id: int, email: str) -> list[str]:
    """Ids of the keys that somebody made in the account and that are not revoked."""
    columns = api_keys.c
    statement = select(columns.key_id).where(
        columns.account_id == account_id,
        columns.created_by == email,
        columns.revoked_at.is_(None),
    )
    return sorted(connection.scalars(statement))


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        key_id=row.key_id,
        account_id=row.account_id,
        name=row.name,
        scopes=frozenset(row.scopes),
        created_at=row.created_at,
        created_by=row.created_by,
        used_at=row.used_at,
        revoked_at=row.revoked_at,
        secret_hash=row.secret_hash,
    )
