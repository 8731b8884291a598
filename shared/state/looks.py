"""When somebody looked last, such as the monitor at all exports."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from shared.state.database import insert_new
from shared.state.tables import looks

# Who looks.
TICK = "tick"
MONITOR = "monitor"
# When the ticks went on after a gap.
GAP = "gap"
# Ticks come every minute. After more than this state may be one that was restored from a backup.
TICK_GAP = timedelta(minutes=3)


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


def tick(connection: Connection, now: datetime) -> None:
    """Note a tick that came to its end, and whether it is the first one after a gap."""
    before = look(connection, TICK, now)
    if before is None or now - before > TICK_GAP:
        look(connection, GAP, now)


def in_doubt(connection: Connection, window_end_at: datetime, now: datetime) -> bool:
    """Whether something may have been delivered of the window that state does not know.

    So it is for all windows that had ended when the ticks went on after a gap: nobody can tell a
    state that was restored from one that nobody drove for a while.
    """
    moments = seen(connection)
    last, gap = moments.get(TICK), moments.get(GAP)
    if last is None or now - last > TICK_GAP:
        return True
    return gap is not None and window_end_at <= gap


def seen(connection: Connection) -> dict[str, datetime]:
    """When each of those who look did so last, by name."""
    return {row.name: row.at for row in connection.execute(select(looks))}
