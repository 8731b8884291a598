"""Local dates as instants: where a date begins in a time zone, whatever its clocks do."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.errors import InvalidInput, OurFault

_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,64}(/[A-Za-z0-9_+-]{1,64}){0,3}")
# Files beside the zones: this machine's own setting, a placeholder, and copies of every zone
# (those under right/ count leap seconds, which no warehouse does).
_NO_ZONES = frozenset({"localtime", "Factory", "posixrules", "posix", "right"})


def check_zone(name: str) -> None:
    """Refuses what is no IANA time zone (InvalidInput)."""
    known = _ZONE.fullmatch(name) is not None and name.split("/")[0] not in _NO_ZONES
    try:
        known = known and ZoneInfo(name).key == name
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder such as "Europe"
        known = False
    if not known:
        raise InvalidInput(
            f"The time zone {name[:80]!r} is not known: give an IANA name such as"
            " Europe/Berlin, Asia/Kolkata or UTC."
        )


def local_date(at: datetime, zone: str) -> date:
    """The calendar date that the clocks of `zone` show at the instant `at`."""
    if at.tzinfo is None:
        raise OurFault("A time without a zone reached the domain.", reason="naive-time")
    return at.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=4096)
def first_instant(day: date, zone: str) -> datetime:
    """The first instant (UTC) at which the clocks of `zone` show `day` or a later date.

    Where midnight does not exist that is the moment the clocks jump; where it comes twice, its
    first time; where the whole day was skipped, the beginning of the day after it.
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    early = midnight.astimezone(UTC)
    if early.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return early
    # Midnight lies in a gap. Read with the offset after the jump it is an instant before the
    # jump, with the offset before the jump one at or after it (PEP 495): search in between.
    low = midnight.replace(fold=1).astimezone(UTC)
    seconds = int((early - low).total_seconds())
    before, after = 0, seconds
    while after - before > 1:
        middle = (before + after) // 2
        if local_date(low + timedelta(seconds=middle), zone) >= day:
            after = middle
        else:
            before = middle
    return low + timedelta(seconds=after)
