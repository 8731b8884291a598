"""When a lease has run out and when a message must be sent again, also after a clock set back."""

from datetime import datetime, timedelta

from sqlalchemy import Table, or_
from sqlalchemy.sql.elements import ColumnElement


def unleased(table: Table, now: datetime, lease: timedelta) -> ColumnElement[bool]:
    """Nobody holds the row at `now`.

    A lease that ends far later than a new one would was taken before the clock was set back; it
    counts as run out, since the fencing token keeps its holder from committing. "Far" is one more
    lease, so that a clock that is a little behind another never ends a living lease.
    """
    until = table.c.lease_until
    return or_(until.is_(None), until <= now, until > now + 2 * lease)


def unpublished(table: Table, now: datetime, published_before: datetime) -> ColumnElement[bool]:
    """No message for the row is on its way, or it has been for too long.

    A message from far in the future was published before the clock was set back; "far" is as long
    as a message may wait, so that of two ticks whose clocks differ a little one publishes.
    """
    at = table.c.published_at
    ahead = now + (now - published_before)
    return or_(at.is_(None), at <= published_before, at > ahead)
