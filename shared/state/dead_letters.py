"""Messages that were given up: what the queue delivered too often without an answer of 2xx."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from shared.state.database import insert_new
from shared.state.tables import dead_letters


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message that no delivery could get done."""

    # The dead-letter subscription that pushed it; ids are unique within it.
    subscription: str
    message_id: str
    # The subscription that gave it up, when the queue said so.
    source: str | None
    # None when the message was too large to be kept; its size is known all the same.
    data: bytes | None
    data_bytes: int
    # As many as are kept; the rest were counted only.
    attributes: Mapping[str, str]
    attributes_dropped: int
    delivery_attempts: int | None
    published_at: datetime | None
    received_at: datetime


def add(connection: Connection, letter: DeadLetter) -> bool:
    """Store the message; False when it was stored before, and then nothing changes."""
    values = {name: getattr(letter, name) for name in DeadLetter.__dataclass_fields__}
    values["attributes"] = dict(letter.attributes)
    return bool(insert_new(connection, dead_letters, [values], dead_letters.c.message_id))


def list_newest(connection: Connection, *, limit: int) -> list[DeadLetter]:
    """The newest messages, newest first."""
    columns = dead_letters.c
    rows = connection.execute(
        select(dead_letters)
        .order_by(columns.received_at.desc(), columns.subscription, columns.message_id)
        .limit(limit)
    )
    return [_dead_letter(row) for row in rows]


def _dead_letter(row: Row[Any]) -> DeadLetter:
    return DeadLetter(**{name: row._mapping[name] for name in DeadLetter.__dataclass_fields__})
