"""The schedule of an import: its fields, how it reads in words, and when it runs next."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from functions.api.pages.import_fields import Checks, Form, Pairs
from functions.api.pages.text import local
from functions.api.pages.visits import Visit
from shared.domain.import_schedules import MANUAL, Schedule, When, next_run_at
from shared.errors import InvalidInput
from shared.jobs.import_choices import new_schedule

TIMES_SHOWN = 3
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CHOICES = (
    ("manual", "By hand", "Runs when somebody presses Run now"),
    ("at", "At a date", "One run, at a moment to come"),
    ("every", "Every so often", "Every 15 minutes or more rarely"),
    ("weekly", "Days of the week", "At times of these days"),
    ("monthly", "Days of the month", "At times of these days"),
)
UNITS = ("minutes", "hours", "days")
_MOMENT = "%Y-%m-%dT%H:%M"
_LAST = "last"
_YEAR_MAX = 2200
_BESIDE = {"at": "at", "every": "every", "weekly": "weekly", "monthly": "monthly"}


def read_schedule(form: Form, visit: Visit) -> Schedule:
    """Raises Wrong."""
    checks = Checks("schedule")
    chosen = form.get("when", "manual")
    unit = form.get("unit", "hours")
    when = When(unit if unit in UNITS else "hours") if chosen == "every" else When.MANUAL
    if chosen in ("at", "weekly", "monthly"):
        when = When(chosen)
    every: int | None = None
    start_at: datetime | None = None
    days: tuple[int, ...] = ()
    times: list[str] = []
    zone = visit.account.time_zone
    if chosen == "every":
        with checks.at("every"):
            every = _whole(form.get("every", ""))
        with checks.at("start"):
            start_at = _moment(form.get("start", ""), zone)
    elif chosen == "at":
        with checks.at("at"):
            start_at = _moment(form.get("at", ""), zone)
    elif chosen in ("weekly", "monthly"):
        with checks.at(chosen):
            times = [_clock(each) for each in _parts(form.get(chosen, ""))]
            days = _weekdays(form) if chosen == "weekly" else _month_days(form.get("days", ""))
    checks.done()
    schedule = MANUAL
    with checks.at(_BESIDE.get(chosen, "when")):
        schedule = new_schedule(
            when, zone, visit.now, every=every, start_at=start_at, days=days, times=times
        )
    checks.done()
    return schedule


def schedule_fields(schedule: Schedule, zone: str) -> Pairs:
    """The fields of a schedule, its moment on the clocks of the account."""
    when, start = schedule.when, schedule.start_at
    counted = schedule.every is not None
    at = "" if start is None else start.astimezone(ZoneInfo(zone)).strftime(_MOMENT)
    times = ", ".join(each.isoformat("minutes") for each in schedule.times)
    monthly = when is When.MONTHLY
    return [
        ("when", "every" if counted else str(when)),
        ("every", str(schedule.every or "")),
        ("unit", str(when) if counted else "hours"),
        ("start", at if counted else ""),
        ("at", "" if counted else at),
        ("weekly", "" if monthly else times),
        ("monthly", times if monthly else ""),
        *(("weekday", str(day)) for day in schedule.days if not monthly),
        ("days", ", ".join(_day_text(day) for day in schedule.days) if monthly else ""),
    ]


def schedule_words(schedule: Schedule, zone: str = "") -> str:
    """When runs are due, as a list says it; another zone than the account's is named."""
    if schedule.when is When.MANUAL:
        return "By hand"
    local_times = schedule.when not in (When.MINUTES, When.HOURS)
    named = local_times and zone not in ("", schedule.time_zone)
    return _words(schedule) + (f" ({schedule.time_zone})" if named else "")


def _words(schedule: Schedule) -> str:
    when, start = schedule.when, schedule.start_at
    if when is When.AT:
        return "" if start is None else f"Once, {local(start, schedule.time_zone)}"
    times = _and([each.isoformat("minutes") for each in schedule.times])
    if when is When.WEEKLY:
        return f"{_and([WEEKDAYS[day] for day in sorted(schedule.days)])} at {times}"
    if when is When.MONTHLY:
        days = sorted(schedule.days, key=lambda day: day if day > 0 else 32)
        return f"Day {_and([_day_text(day) for day in days])} of the month at {times}"
    often = f"Every {when.removesuffix('s')}"
    if schedule.every != 1:
        often = f"Every {schedule.every:,} {when}"
    if when is When.DAYS and start is not None:
        often += f" at {start.astimezone(ZoneInfo(schedule.time_zone)):%H:%M}"
    return often


def next_times(schedule: Schedule, now: datetime) -> list[datetime]:
    """The next runs that come by themselves."""
    found: list[datetime] = []
    after = now.replace(microsecond=0) - timedelta(seconds=1)
    while len(found) < TIMES_SHOWN and (due := next_run_at(schedule, after)) is not None:
        found.append(due)
        after = due
    return found


def next_words(schedule: Schedule, now: datetime) -> list[str]:
    """The same in words, on the clocks of the schedule."""
    zone = ZoneInfo(schedule.time_zone)
    return [
        f"{at.astimezone(zone):%A}, {local(at, schedule.time_zone)}"
        for at in next_times(schedule, now)
    ]


def _and(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _day_text(day: int) -> str:
    return _LAST if day == -1 else str(day)


def _parts(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _clock(text: str) -> str:
    """People write 9:30 as well."""
    return text.zfill(5) if ":" in text else text


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidInput("Say how often with a whole number, such as 15 minutes.")
    return int(text)


def _moment(text: str, zone: str) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput("Give a date and a time, such as 2026-11-22 09:30.") from None
    if at.year > _YEAR_MAX:
        raise InvalidInput(f"Give a date up to the year {_YEAR_MAX}.")
    return at


def _weekdays(form: Form) -> tuple[int, ...]:
    return tuple(dict.fromkeys(_whole(each) for each in form.getlist("weekday")))


def _month_days(text: str) -> tuple[int, ...]:
    days = (-1 if each == _LAST else _whole(each) for each in _parts(text.lower()))
    return tuple(dict.fromkeys(days))
