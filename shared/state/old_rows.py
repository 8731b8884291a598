"""Removes rows that have served their time, from the few tables where that may be done."""

from datetime import datetime

from sqlalchemy import Connection, delete, select, tuple_

from shared.state.tables import audit_log, dead_letters, idempotency_keys, rates, webhook_messages

# The moment by which a row is old, and the order in which rows grow old: that of an index where
# the table may be large. No other table is ever purged.
_AGES = {
    "idempotency_keys": (idempotency_keys.c.created_at, idempotency_keys.c.created_at),
    "rates": (rates.c.paid_until, rates.c.paid_until),
    "audit_log": (audit_log.c.at, audit_log.c.entry_id),
    "dead_letters": (dead_letters.c.received_at, dead_letters.c.received_at),
    "webhook_messages": (webhook_messages.c.queued_at, webhook_messages.c.message_no),
}


def remove(connection: Connection, *, name: str, before: datetime, limit: int) -> int:
    """Remove those of the `limit` oldest rows of the table that are older than this.

    Gives how many they were.
    """
    age, order = _AGES[name]
    table = age.table
    keys = list(table.primary_key.columns)
    oldest = select(*keys, age.label("age")).order_by(order).limit(limit).subquery()
    old = select(*(oldest.c[key.name] for key in keys)).where(oldest.c.age < before)
    removed = connection.execute(delete(table).where(tuple_(*keys).in_(old)))
    return int(removed.rowcount)
