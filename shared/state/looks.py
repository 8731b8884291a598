"""When somebody looked last, such as the monitor at all exports."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from shared.state.database import insert_new
from shared.state.tables import looks

# Who looks.
TICK = "tick"
MONITOR = "monitor"


def look(connection: Connection, name: str, now: datetime) -> datetime | None:
    """Note that it is looked now; gives when it was before, None for the first time.

    The row stays locked until the transaction ends, so that of two at once one comes after the
    other.
    """
    if insert_new(connection, looks, [{"name": name, "at": now}], looks.c.name):
        return None
    statement = select(looks.c.at).where(looks.c.name == name).with_for_update()
    before: datetime = connection.scalars(statement).one()
    connection.execute(update(looks).where(looks.c.name == name).values(at=now))
    return before


def seen(connection: Connection) -> dict[str, datetime]:
    """When each of those who look did so last, by name."""
    return {row.name: row.at for row in connection.execute(select(looks))}
