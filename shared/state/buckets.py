"""Customers' buckets in state: where the credentials lie, and since when; never what they are."""

from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, select, update

from shared.domain.bucket_access import Access
from shared.state.database import insert_new
from shared.state.tables import buckets, proofs

PROOF_BYTES = 16


@dataclass(frozen=True, slots=True)
class NewBucket:
    """A bucket about to be saved."""

    account_id: int
    nickname: str
    url: str
    access: Access


@dataclass(frozen=True, slots=True)
class SavedBucket:
    """A bucket of an account."""

    bucket_id: int
    account_id: int
    nickname: str
    url: str
    access: Access
    created_at: datetime
    credentials_at: datetime
    # When the credentials last opened the bucket.
    worked_at: datetime | None
    # When it was last tried, since when that fails, and for which reason of the catalogue.
    probed_at: datetime
    failing_since: datetime | None = None
    failure: str | None = None


def insert(connection: Connection, new: NewBucket, now: datetime) -> SavedBucket | None:
    """Save a bucket that works; None when the account has its nickname or its address already."""
    row = {
        "account_id": new.account_id,
        "nickname": new.nickname,
        "url": new.url,
        **_columns(new.access),
        "created_at": now,
        "credentials_at": now,
        "worked_at": now,
        "probed_at": now,
    }
    if not insert_new(connection, buckets, [row], buckets.c.bucket_id):
        return None
    return find(connection, new.account_id, new.url)


def find(connection: Connection, account_id: int, url: str) -> SavedBucket | None:
    """The account's bucket at this address."""
    return _one(connection, _of(account_id).where(buckets.c.url == url))


def find_named(connection: Connection, account_id: int, name: str) -> SavedBucket | None:
    """The account's bucket with this address or, failing that, this nickname."""
    by_nickname = _of(account_id).where(buckets.c.nickname == name)
    return find(connection, account_id, name) or _one(connection, by_nickname)


def hold(connection: Connection, account_id: int, url: str) -> bool:
    """Keep the bucket from being removed until the transaction ends; False when it is not there."""
    statement = _of(account_id).where(buckets.c.url == url).with_for_update()
    return _one(connection, statement) is not None


def list_all(connection: Connection, account_id: int) -> list[SavedBucket]:
    """All buckets of the account, by nickname."""
    rows = connection.execute(_of(account_id).order_by(buckets.c.nickname, buckets.c.bucket_id))
    return [_saved(row) for row in rows]


def set_access(connection: Connection, before: SavedBucket, access: Access, now: datetime) -> bool:
    """Take new credentials that work; False when somebody changed or removed the bucket."""
    result = connection.execute(
        update(buckets)
        .where(
            buckets.c.account_id == before.account_id,
            buckets.c.bucket_id == before.bucket_id,
            buckets.c.secret.is_not_distinct_from(before.access.secret),
            buckets.c.credentials_at == before.credentials_at,
        )
        .values(**_columns(access), credentials_at=now, **_worked(now))
    )
    return result.rowcount == 1


def note_probe(
    connection: Connection, account_id: int, bucket_id: int, failure: str | None, now: datetime
) -> None:
    """Note that the bucket was tried: None is that it let us in, else why it did not."""
    failed = {
        "probed_at": now,
        "failing_since": func.coalesce(buckets.c.failing_since, now),
        "failure": failure,
    }
    connection.execute(
        update(buckets)
        .where(buckets.c.account_id == account_id, buckets.c.bucket_id == bucket_id)
        .values(**_worked(now) if failure is None else failed)
    )


def claim_due(
    connection: Connection, *, before: datetime, now: datetime, limit: int
) -> list[SavedBucket]:
    """Buckets of all accounts that were not tried since `before`; each goes to one who asks.

    Of two who ask at once the second gets others; one that dies meanwhile is due again later.
    """
    due = select(buckets).where(buckets.c.probed_at < before).order_by(buckets.c.probed_at)
    rows = connection.execute(due.limit(limit).with_for_update(skip_locked=True)).all()
    ids = [row.bucket_id for row in rows]
    if ids:
        claimed = update(buckets).where(buckets.c.bucket_id.in_(ids))
        connection.execute(claimed.values(probed_at=now))
    return [_saved(row) for row in rows]


def remove(connection: Connection, account_id: int, bucket_id: int) -> None:
    """Forget the bucket; does nothing when it is forgotten."""
    connection.execute(
        delete(buckets).where(buckets.c.account_id == account_id, buckets.c.bucket_id == bucket_id)
    )


def proof(connection: Connection, account_id: int) -> str:
    """The account's own text, for the description of its service account; made on first use."""
    row = {"account_id": account_id, "text": f"sluice:{token_hex(PROOF_BYTES)}"}
    insert_new(connection, proofs, [row])
    statement = select(proofs.c.text).where(proofs.c.account_id == account_id)
    return str(connection.scalars(statement).one())


def _of(account_id: int) -> Select[Any]:
    return select(buckets).where(buckets.c.account_id == account_id)


def _one(connection: Connection, statement: Select[Any]) -> SavedBucket | None:
    row = connection.execute(statement).one_or_none()
    return None if row is None else _saved(row)


def _columns(access: Access) -> dict[str, str | None]:
    return {
        "kind": access.kind,
        "email": access.email,
        "key_id": access.key_id,
        "secret": access.secret,
    }


def _worked(now: datetime) -> dict[str, datetime | None]:
    return {"worked_at": now, "probed_at": now, "failing_since": None, "failure": None}


def _saved(row: Row[Any]) -> SavedBucket:
    return SavedBucket(
        bucket_id=row.bucket_id,
        account_id=row.account_id,
        nickname=row.nickname,
        url=row.url,
        access=Access(row.kind, row.email, row.key_id, row.secret),
        created_at=row.created_at,
        credentials_at=row.credentials_at,
        worked_at=row.worked_at,
        probed_at=row.probed_at,
        failing_since=row.failing_since,
        failure=row.failure,
    )
