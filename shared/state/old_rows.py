"""Removes rows that have served their time, from the few tables where that may be done."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, select, tuple_

from shared.state.tables import (
    audit_log,
    dead_letters,
    idempotency_keys,
    import_rejects,
    import_runs,
    rates,
    webhook_messages,
)

_REJECTED_AT = (
    select(import_runs.c.due_at)
    .where(import_runs.c.run_id == import_rejects.c.run_id)
    .scalar_subquery()
)
# The table, the moment by which a row is old, and the order in which rows grow old: that of an
# index where the table may be large. No other table is ever purged.
_AGES: dict[str, tuple[Table, ColumnElement[Any], ColumnElement[Any]]] = {
    "idempotency_keys": (
        idempotency_keys,
        idempotency_keys.c.created_at,
        idempotency_keys.c.created_at,
    ),
    "rates": (rates, rates.c.paid_until, rates.c.paid_until),
    "audit_log": (audit_log, audit_log.c.at, audit_log.c.entry_id),
    "dead_letters": (dead_letters, dead_letters.c.received_at, dead_letters.c.received_at),
    "webhook_messages": (
        webhook_messages,
        webhook_messages.c.queued_at,
        webhook_messages.c.message_no,
    ),
    "import_rejects": (import_rejects, _REJECTED_AT, import_rejects.c.run_id),
}


def remove(connection: Connection, *, name: str, before: datetime, limit: int) -> int:
    """Remove those of the `limit` oldest rows of the table that are older than this.

    Gives how many they were.
    """
    table, age, order = _AGES[name]
    keys = list(table.primary_key.columns)
    oldest = select(*keys, age.label("age")).order_by(order).limit(limit).subquery()
    old = select(*(oldest.c[key.name] for key in keys)).where(oldest.c.age < before)
    removed = connection.execute(delete(table).where(tuple_(*keys).in_(old)))
    return int(removed.rowcount)
