"""Webhooks in state: where they lead, what they are told, and where their secrets lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from shared.domain.webhooks import WebhookEvent
from shared.state.tables import webhooks

# Of one webhook whose old secret's time is up, at a time: the rest follow.
OLD_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Webhook:
    """A customer's server that is told what becomes of exports."""

    webhook_id: int
    account_id: int
    url: str
    events: tuple[WebhookEvent, ...]
    # References of the store of secrets.
    secret: str
    old_secret: str | None
    old_until: datetime | None
    created_at: datetime
    created_by: str
    # From then on it is told nothing, and why.
    disabled_at: datetime | None
    disabled_reason: str | None


def add(
    connection: Connection,
    account_id: int,
    url: str,
    events: Sequence[WebhookEvent],
    secret: str,
    *,
    by: str,
    now: datetime,
) -> Webhook:
    """Store a new webhook."""
    values = {
        "account_id": account_id,
        "url": url,
        "events": [str(each) for each in events],
        "secret": secret,
        "created_at": now,
        "created_by": by,
    }
    row = connection.execute(insert(webhooks).values(values).returning(*webhooks.c)).one()
    return _webhook(row)


def get(connection: Connection, account_id: int, webhook_id: int) -> Webhook | None:
    """The webhook; None when the account has none of this id."""
    statement = select(webhooks).where(*_key(account_id, webhook_id))
    row = connection.execute(statement).one_or_none()
    return None if row is None else _webhook(row)


def list_all(connection: Connection, account_id: int) -> list[Webhook]:
    """The account's webhooks, oldest first."""
    rows = connection.execute(
        select(webhooks).where(webhooks.c.account_id == account_id).order_by(webhooks.c.webhook_id)
    )
    return [_webhook(row) for row in rows]


def count(connection: Connection, account_id: int) -> int:
    """How many webhooks the account has."""
    statement = select(func.count()).where(webhooks.c.account_id == account_id)
    return int(connection.scalar(statement.select_from(webhooks)) or 0)


def change(
    connection: Connection,
    account_id: int,
    webhook_id: int,
    *,
    url: str,
    events: Sequence[WebhookEvent],
) -> None:
    """Let it lead elsewhere or be told something else."""
    values = {"url": url, "events": [str(each) for each in events]}
    connection.execute(update(webhooks).where(*_key(account_id, webhook_id)).values(values))


def switch(
    connection: Connection, account_id: int, webhook_id: int, *, off_at: datetime | None, why: str
) -> bool:
    """Switch it off at a moment, or on with None; False when it is so already."""
    as_now = webhooks.c.disabled_at.is_(None)
    result = connection.execute(
        update(webhooks)
        .where(*_key(account_id, webhook_id), ~as_now if off_at is None else as_now)
        .values(disabled_at=off_at, disabled_reason=why or None)
    )
    return result.rowcount == 1


def rotate(connection: Connection, before: Webhook, secret: str, until: datetime) -> bool:
    """Sign with a new secret, and with the one before until then; False when it has changed."""
    result = connection.execute(
        update(webhooks)
        .where(
            *_key(before.account_id, before.webhook_id),
            webhooks.c.secret == before.secret,
        )
        .values(secret=secret, old_secret=before.secret, old_until=until)
    )
    return result.rowcount == 1


def with_old_secret(connection: Connection, now: datetime) -> list[Webhook]:
    """Webhooks of all accounts whose old secret signs nothing any more."""
    rows = connection.execute(
        select(webhooks).where(webhooks.c.old_until <= now).limit(OLD_AT_ONCE)
    )
    return [_webhook(row) for row in rows]


def forget_old_secret(connection: Connection, before: Webhook) -> None:
    """It was destroyed."""
    connection.execute(
        update(webhooks)
        .where(
            *_key(before.account_id, before.webhook_id),
            webhooks.c.old_secret == before.old_secret,
        )
        .values(old_secret=None, old_until=None)
    )


def remove(connection: Connection, account_id: int, webhook_id: int) -> None:
    """Forget the webhook; does nothing when it is forgotten."""
    connection.execute(delete(webhooks).where(*_key(account_id, webhook_id)))


def _key(account_id: int, webhook_id: int) -> tuple[Any, Any]:
    return webhooks.c.account_id == account_id, webhooks.c.webhook_id == webhook_id


def _webhook(row: Row[Any]) -> Webhook:
    values = dict(row._mapping)
    values["events"] = tuple(WebhookEvent(each) for each in row.events)
    return Webhook(**values)
