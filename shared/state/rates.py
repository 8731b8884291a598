"""How often somebody may do something: one row each, which all processes share."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from shared.state.database import insert_new
from shared.state.tables import rates


def take(
    connection: Connection,
    account_id: int,
    actor: str,
    what: str,
    *,
    now: datetime,
    count: int,
    every: timedelta,
) -> timedelta | None:
    """Do it once more, at most `count` times at once and as often in `every` for good.

    None when it may be done; else how long to wait, and nothing was taken. (A leaky bucket: the
    row holds until when all that was asked for is paid for at the steady rate.)
    """
    cost = every / count
    key = {"account_id": account_id, "actor": actor, "what": what}
    insert_new(connection, rates, [{**key, "paid_until": now}])
    mine = (rates.c.account_id == account_id, rates.c.actor == actor, rates.c.what == what)
    # Locked, so that of two requests at once the second sees what the first took.
    stored = connection.scalars(select(rates.c.paid_until).where(*mine).with_for_update()).one()
    # No further ahead than a full bucket: the clock may have been set back since.
    paid_until = min(max(stored, now), now + every)
    wait = paid_until + cost - every - now
    refused = wait > timedelta()
    after = paid_until if refused else paid_until + cost
    if after != stored:
        connection.execute(update(rates).where(*mine).values(paid_until=after))
    return wait if refused else None
