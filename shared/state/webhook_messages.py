"""What webhooks are to be told, in state: queued with a change, taken by lease, ended once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from shared.state.leases import unleased
from shared.state.tables import webhook_messages as table


class MessageStatus(StrEnum):
    """How far a message is."""

    QUEUED = "QUEUED"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """One message to one webhook."""

    message_no: int
    message_id: str
    account_id: int
    webhook_id: int
    event: str
    body: str
    queued_at: datetime
    status: MessageStatus
    attempts: int
    next_try_at: datetime
    lease_until: datetime | None
    # The status of the last answer, or the reason why there was none.
    answer: int | None
    reason: str | None
    ended_at: datetime | None


def queue(connection: Connection, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Store messages (message_id, account_id, webhook_id, event, body), to be sent at once."""
    if not rows:
        return
    fixed = {"queued_at": now, "status": "QUEUED", "attempts": 0, "next_try_at": now}
    connection.execute(insert(table), [row | fixed for row in rows])


def claim_due(
    connection: Connection, now: datetime, *, lease: timedelta, longest: timedelta, limit: int
) -> list[WebhookMessage]:
    """Take messages that are due, for the time of the lease; each counts one try more.

    One that is due later than any wait could tell was put off before the clock was set back.
    """
    due = or_(table.c.next_try_at <= now, table.c.next_try_at > now + 2 * longest)
    ids = connection.scalars(
        select(table.c.message_no)
        .where(table.c.status == "QUEUED", due, unleased(table, now, lease))
        .order_by(table.c.next_try_at, table.c.message_no)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if not ids:
        return []
    rows = connection.execute(
        update(table)
        .where(table.c.message_no.in_(ids))
        .values(attempts=table.c.attempts + 1, lease_until=now + lease)
        .returning(*table.c)
    )
    return sorted((_message(row) for row in rows), key=lambda each: each.message_no)


def end(
    connection: Connection,
    message: WebhookMessage,
    now: datetime,
    status: MessageStatus,
    *,
    answer: int | None = None,
    reason: str | None = None,
) -> bool:
    """It was taken, or given up; False when another attempt holds it."""
    return _set(connection, message, status=str(status), ended_at=now, answer=answer, reason=reason)


def postpone(
    connection: Connection,
    message: WebhookMessage,
    next_try_at: datetime,
    *,
    answer: int | None = None,
    reason: str | None = None,
) -> bool:
    """Try again then; False when another attempt holds it."""
    return _set(connection, message, next_try_at=next_try_at, answer=answer, reason=reason)


def give_up_all(connection: Connection, account_id: int, webhook_id: int, why: str) -> None:
    """End whatever waits for a webhook that was switched off."""
    connection.execute(
        update(table)
        .where(
            table.c.account_id == account_id,
            table.c.webhook_id == webhook_id,
            table.c.status == "QUEUED",
        )
        .values(status="FAILED", reason=why, lease_until=None)
    )


def newest(
    connection: Connection, account_id: int, webhook_id: int, limit: int
) -> list[WebhookMessage]:
    """The newest messages to the webhook, newest first."""
    rows = connection.execute(
        select(table)
        .where(table.c.account_id == account_id, table.c.webhook_id == webhook_id)
        .order_by(table.c.message_no.desc())
        .limit(limit)
    )
    return [_message(row) for row in rows]


def remove_all(connection: Connection, account_id: int, webhook_id: int) -> None:
    """Forget all messages to a webhook."""
    connection.execute(
        delete(table).where(table.c.account_id == account_id, table.c.webhook_id == webhook_id)
    )


def _set(connection: Connection, message: WebhookMessage, **values: Any) -> bool:
    result = connection.execute(
        update(table)
        .where(
            table.c.message_no == message.message_no,
            table.c.status == "QUEUED",
            table.c.attempts == message.attempts,
        )
        .values(lease_until=None, **values)
    )
    return result.rowcount == 1


def _message(row: Row[Any]) -> WebhookMessage:
    values = dict(row._mapping)
    values["status"] = MessageStatus(row.status)
    return WebhookMessage(**values)
