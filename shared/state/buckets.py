"""Customers' buckets in state: where the credentials lie, and since when; never what they are."""

from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, select

from shared.domain.bucket_access import Access
from shared.state import key_health
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
        **key_health.access_columns(new.access),
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


def nicknames(connection: Connection, account_id: int) -> dict[str, str]:
    """What the account calls its buckets, by address: all that lists show of them."""
    statement = select(buckets.c.url, buckets.c.nickname).where(buckets.c.account_id == account_id)
    return {row.url: row.nickname for row in connection.execute(statement).all()}


def set_access(connection: Connection, before: SavedBucket, access: Access, now: datetime) -> bool:
    """Take new credentials that work; False when somebody changed or removed the bucket."""
    one = _one_of(before.account_id, before.bucket_id)
    as_seen = (before.access, before.credentials_at)
    return key_health.rotate(connection, buckets, one, as_seen, access, now)


def note_probe(
    connection: Connection, account_id: int, bucket_id: int, failure: str | None, now: datetime
) -> None:
    """Note that the bucket was tried: None is that it let us in, else why it did not."""
    one = _one_of(account_id, bucket_id)
    key_health.note(connection, buckets, one, failure, now)


def claim_due(
    connection: Connection, *, before: datetime, now: datetime, limit: int
) -> list[SavedBucket]:
    """Buckets of all accounts that were not tried since `before`; each goes to one who asks.

    Of two who ask at once the second gets others; one that dies meanwhile is due again later.
    """
    key = buckets.c.bucket_id
    rows = key_health.claim_due(connection, key, before=before, now=now, limit=limit)
    return [_saved(row) for row in rows]


def remove(connection: Connection, account_id: int, bucket_id: int) -> None:
    """Forget the bucket; does nothing when it is forgotten."""
    connection.execute(delete(buckets).where(_one_of(account_id, bucket_id)))


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


def _one_of(account_id: int, bucket_id: int) -> ColumnElement[bool]:
    return and_(buckets.c.account_id == account_id, buckets.c.bucket_id == bucket_id)


def _saved(row: Row[Any]) -> SavedBucket:
    return SavedBucket(
        bucket_id=row.bucket_id,
        account_id=row.account_id,
        nickname=row.nickname,
        url=row.url,
        access=key_health.access_of(row),
        created_at=row.created_at,
        credentials_at=row.credentials_at,
        worked_at=row.worked_at,
        probed_at=row.probed_at,
        failing_since=row.failing_since,
        failure=row.failure,
    )
