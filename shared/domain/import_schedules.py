"""When an import runs: every so often, on some days at some times, at one moment, or by hand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule

from shared.domain.local_time import check_zone
from shared.errors import InvalidInput, OurFault

MINUTES_MIN = 15
# A year of minutes, and so on: a longer pause is a mistake.
_MOST = {"minutes": 525_600, "hours": 8_760, "days": 366}
TIMES_MAX = 24
_MINUTE = timedelta(minutes=1)
_YEARS = range(2000, 2100)


class When(StrEnum):
    """The kinds of schedules."""

    MANUAL = "manual"
    AT = "at"
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When runs are due; local times are of the zone that the account had when it was made."""

    when: When
    time_zone: str = "UTC"
    # Minutes, hours, days: how many of them.
    every: int | None = None
    # AT: the moment. Minutes, hours, days: the first run.
    start_at: datetime | None = None
    # Weekly: 0 is Monday. Monthly: 1 to 31, of months that have it, or -1, the last day.
    days: tuple[int, ...] = ()
    # Weekly, monthly: local times of these days, to the minute.
    times: tuple[time, ...] = ()

    def __post_init__(self) -> None:
        check_zone(self.time_zone)
        _check(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` gives the same schedule back."""
        return {
            "when": self.when.value,
            "time_zone": self.time_zone,
            "every": self.every,
            "start_at": None if self.start_at is None else self.start_at.isoformat(),
            "days": list(self.days),
            "times": [each.isoformat("minutes") for each in self.times],
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Schedule":
        """Reads what `to_dict` wrote; OurFault when it holds other keys or values."""
        try:
            start_at = stored["start_at"]
            changed = {
                "when": When(stored["when"]),
                "start_at": None if start_at is None else datetime.fromisoformat(start_at),
                "days": tuple(stored["days"]),
                "times": tuple(time.fromisoformat(each) for each in stored["times"]),
            }
            return cls(**dict(stored) | changed)
        except (KeyError, TypeError, ValueError) as error:
            raise OurFault(
                f"A stored schedule cannot be read: {error!r}.", reason="bad-schedule"
            ) from error


def next_run_at(schedule: Schedule, after: datetime) -> datetime | None:
    """The first moment later than `after` at which a run is due; None when there is none.

    Minutes and hours are elapsed time. Days are local ones: a time that the clocks leave out comes
    as much later as they are put forward, and one that they show twice the first time only.
    """
    if schedule.when is When.MANUAL or (schedule.start_at is None and not schedule.times):
        return None
    if schedule.when is When.AT:
        return schedule.start_at if schedule.start_at and schedule.start_at > after else None
    if schedule.when in (When.MINUTES, When.HOURS):
        return _elapsed(schedule, after)
    return next((at for at in _local(schedule, after) if at > after), None)


def _elapsed(schedule: Schedule, after: datetime) -> datetime:
    assert schedule.start_at is not None
    assert schedule.every is not None
    unit = _MINUTE if schedule.when is When.MINUTES else 60 * _MINUTE
    step = schedule.every * unit
    if schedule.start_at > after:
        return schedule.start_at
    return schedule.start_at + ((after - schedule.start_at) // step + 1) * step


def _local(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """Moments from about `after` on, in order."""
    zone = ZoneInfo(schedule.time_zone)
    for day in _days(schedule, after.astimezone(zone).replace(tzinfo=None)):
        # Where clocks jump, times of one day may come in another order than they are written.
        yield from sorted(_instant(naive, zone) for naive in day)


def _days(schedule: Schedule, near: datetime) -> Iterator[list[datetime]]:
    """Local times by day; they begin a little before `near`, for clocks that jump."""
    if schedule.when is When.DAYS:
        assert schedule.start_at is not None
        assert schedule.every is not None
        first = schedule.start_at.astimezone(ZoneInfo(schedule.time_zone)).replace(tzinfo=None)
        passed = max((near - first).days - 2, 0) // schedule.every * schedule.every
        begin = first + timedelta(days=passed)
        return ([each] for each in rrule(DAILY, interval=schedule.every, dtstart=begin))
    begin = near.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=2)
    chosen: dict[str, Any] = (
        {"freq": WEEKLY, "byweekday": schedule.days}
        if schedule.when is When.WEEKLY
        else {"freq": MONTHLY, "bymonthday": schedule.days}
    )
    days = rrule(dtstart=begin, **chosen)
    return ([datetime.combine(day.date(), at) for at in schedule.times] for day in days)


def _instant(naive: datetime, zone: ZoneInfo) -> datetime:
    """The local time as a moment.

    With fold=0 a time that comes twice is its first; one in a gap is read with the offset before
    the jump, so that it comes as much later as the clocks were put forward.
    """
    return naive.replace(tzinfo=zone).astimezone(UTC)


def check_year(at: datetime) -> None:
    """Other years are slips, and the next runs of some cannot be told; raises InvalidInput."""
    if at.year not in _YEARS:
        raise InvalidInput(f"Choose a moment of the years {_YEARS[0]} to {_YEARS[-1]}.")


def _check(schedule: Schedule) -> None:
    when = schedule.when
    if schedule.start_at is not None:
        check_year(schedule.start_at)
    if schedule.start_at is not None and schedule.start_at.utcoffset() != timedelta(0):
        raise InvalidInput("Give the moment of the first run in UTC.")
    counted = when in (When.MINUTES, When.HOURS, When.DAYS)
    if counted != (schedule.every is not None):
        raise InvalidInput("Say how often: every so many minutes, hours or days.")
    if (counted or when is When.AT) != (schedule.start_at is not None):
        raise InvalidInput("Say when the import runs for the first time.")
    if schedule.every is not None:
        least = MINUTES_MIN if when is When.MINUTES else 1
        if not least <= schedule.every <= _MOST[when.value]:
            raise InvalidInput(
                f"An import runs every {MINUTES_MIN} minutes or more, at least once a year: choose "
                f"{least} to {_MOST[when.value]:,} {when}."
            )
    _check_days(schedule)


def _check_days(schedule: Schedule) -> None:
    named = schedule.when in (When.WEEKLY, When.MONTHLY)
    if named != bool(schedule.days) or named != bool(schedule.times):
        raise InvalidInput("Choose at least one day and one time, for days of week or month only.")
    allowed = range(7) if schedule.when is When.WEEKLY else (-1, *range(1, 32))
    if any(day not in allowed for day in schedule.days):
        raise InvalidInput("Choose days of the week from 0 to 6, of the month from 1 to 31 or -1.")
    if len(set(schedule.days)) < len(schedule.days) or len(set(schedule.times)) < len(
        schedule.times
    ):
        raise InvalidInput("Name each day and each time once.")
    if len(schedule.times) > TIMES_MAX or any(
        at.second or at.microsecond or at.tzinfo for at in schedule.times
    ):
        raise InvalidInput(f"Choose up to {TIMES_MAX} local times to the minute, such as 09:30.")


MANUAL = Schedule(when=When.MANUAL)
