"""A monitor that a test lets look, a bucket that it takes away, and a mail server that accepts."""

from collections.abc import Callable
from datetime import datetime

from shared.domain.incidents import Incident, NoticeKind
from shared.jobs.monitor import Look, monitor
from shared.jobs.services import Services
from shared.state import incidents, notices
from shared.state.notices import Notice
from tests.jobs.house import House
from tests.warehouse_rows import HOUR

FIRST, SECOND, STOPPED, RECOVERED = NoticeKind


def take_away(house: House) -> None:
    """Break the bucket: every export into it fails with `bucket-not-found`."""
    house.bucket.rename(house.folder / "away")


def bring_back(house: House) -> None:
    """Mend the bucket."""
    (house.folder / "away").rename(house.bucket)


def look(house: House, services: Services | None = None) -> Look:
    """One look of the monitor at the clock's time."""
    return monitor(services or house.services, house.now)


def accept(house: House) -> list[Notice]:
    """A mail server takes all that is due; gives it."""
    lease = house.limits.lease
    taken = house.services.database.run(
        lambda c: notices.claim_due(c, house.now, lease=lease, limit=100)
    )
    for notice in taken:
        accepted = house.services.database.run(
            lambda c, notice=notice: notices.mark_accepted(c, notice, house.now)
        )
        assert accepted
    return taken


def hour(house: House, *, mail: bool = True, step: int = 1) -> list[Notice]:
    """An hour goes by, with its work, a look of the monitor and the mail; gives what was sent.

    With a longer step the monitor looks that often only.
    """
    house.now += step * HOUR
    work(house)
    look(house)
    return accept(house) if mail else []


def hours(
    house: House, number: int, *, mail: bool = True, step: int = 1
) -> list[tuple[int, NoticeKind]]:
    """So many hours; gives what was sent in which of them, from 1 on."""
    return [
        (at, notice.kind)
        for at in range(step, number + 1, step)
        for notice in hour(house, mail=mail, step=step)
    ]


def until(house: House, reached: Callable[[], bool], most: int = 200) -> int:
    """Let time go by, six hours at once, until it is so; gives how often."""
    for number in range(most):
        if reached():
            return number
        hour(house, step=6)
    raise AssertionError("it never comes to that")


def work(house: House) -> None:
    """A tick and all that it causes."""
    house.tick()
    house.drain()


def open_incidents(house: House) -> list[Incident]:
    return house.services.database.run(incidents.list_open)


def all_incidents(house: House) -> list[Incident]:
    """The newest first."""
    return house.services.database.run(lambda c: incidents.page(c, 1, before=None, limit=1000))


def all_notices(house: House) -> list[Notice]:
    """In the order in which they were queued."""
    found = house.services.database.run(lambda c: notices.page(c, 1, before=None, limit=1000))
    return found[::-1]


def kinds(house: House) -> list[NoticeKind]:
    return [notice.kind for notice in all_notices(house)]


def since(start: datetime, now: datetime) -> float:
    """Hours between."""
    return (now - start) / HOUR
