"""Requests that bear an id of their sender's: claimed before the work, with their result after."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from shared.state.database import insert_new
from shared.state.tables import idempotency_keys


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Whose request it is, and its sender's name for it."""

    account_id: int
    actor: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A request that was seen before."""

    fingerprint: str
    # JSON; None while nobody knows how it ended.
    result: Any
    created_at: datetime


def claim(connection: Connection, key: RequestKey, fingerprint: str, now: datetime) -> bool:
    """Take the request upon oneself; False when somebody has: see `get`."""
    row = {
        "account_id": key.account_id,
        "actor": key.actor,
        "request_id": key.request_id,
        "fingerprint": fingerprint,
        "result": None,
        "created_at": now,
    }
    return bool(insert_new(connection, idempotency_keys, [row], idempotency_keys.c.request_id))


def get(connection: Connection, key: RequestKey) -> Claim | None:
    """What is known of the request."""
    row = connection.execute(select(idempotency_keys).where(_is(key))).one_or_none()
    return None if row is None else Claim(row.fingerprint, row.result, row.created_at)


def set_result(connection: Connection, key: RequestKey, result: Any) -> None:
    """Keep the JSON result for whoever sends the request again."""
    connection.execute(update(idempotency_keys).where(_is(key)).values(result=result))


def release(connection: Connection, key: RequestKey) -> None:
    """Forget the request, which changed nothing."""
    connection.execute(delete(idempotency_keys).where(_is(key)))


def forget_before(connection: Connection, account_id: int, moment: datetime) -> None:
    """Forget the account's requests that are older than this."""
    columns = idempotency_keys.c
    connection.execute(
        delete(idempotency_keys).where(
            columns.account_id == account_id, columns.created_at < moment
        )
    )


def _is(key: RequestKey) -> ColumnElement[bool]:
    columns = idempotency_keys.c
    return and_(
        columns.account_id == key.account_id,
        columns.actor == key.actor,
        columns.request_id == key.request_id,
    )
