"""How numbers, sizes, times and the words of closed lists are written on pages."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask, g

from shared.domain.counted import counted

DASH = "\N{EN DASH}"
NONE = DASH
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")
_TERM = re.compile(r"\*([A-Z][A-Za-z ]+)\*")
WORDS = {
    "all_events": "All events",
    "select_events": "Select events",
    "all_user_properties": "All user properties",
    "events": "Events",
    "profiles": "Profiles",
    "json": "JSON",
    "csv": "CSV",
    "xml": "XML",
    "parquet": "Parquet",
    "one_time": "One time",
    "recurring": "Recurring",
    "live": "Live Data Streaming",
    "identity": "Identity",
    "email": "Email",
    "phone": "Phone Number",
    "key": "Service account key",
    "impersonation": "Acting as the service account",
    "none": "None",
    "first": "First",
    "incremental": "Scheduled",
    "replay": "Replay",
    "supplement": "Supplement",
    "gzip": "gzip",
    "snappy": "Snappy",
    "zstd": "Zstandard",
}


def words(value: object) -> str:
    """The words on screen for a value of a closed list."""
    return WORDS.get(str(value), str(value))


def number(value: float | None) -> str:
    """A count with separators of thousands."""
    return NONE if value is None else f"{value:,.0f}"


def size(value: float | None) -> str:
    """Bytes in decimal units, as file limits are counted."""
    if value is None:
        return NONE
    amount, unit = float(value), 0
    while amount >= 1000 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:,.0f} {_UNITS[unit]}" if unit == 0 else f"{amount:,.1f} {_UNITS[unit]}"


def span(value: timedelta | None) -> str:
    """A length of time in its two largest units."""
    if value is None:
        return NONE
    seconds = int(value.total_seconds())
    if seconds < 1:
        return "under 1 s"
    parts = []
    for length, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])


def iso(at: datetime) -> str:
    """The instant as machines read it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local(at: datetime, zone: str | None = None) -> str:
    """The instant on the clocks of the account or of another zone; this year is not named."""
    there = at.astimezone(ZoneInfo(zone or g.visit.account.time_zone))
    same_year = there.year == g.visit.now.astimezone(there.tzinfo).year
    return f"{there.day} {there:%b, %H:%M}" if same_year else f"{there.day} {there:%b %Y, %H:%M}"


def age(at: datetime) -> str:
    """How many days ago something was."""
    days = (g.visit.now - at).days
    return "today" if days < 1 else counted(days, "day")


def plain(text: str) -> str:
    """A message of the domain without the asterisks that set off words on screen."""
    return _TERM.sub(r"\1", text)


def install(app: Flask) -> None:
    """Make these the filters of the templates."""
    for each in (words, number, counted, size, span, iso, local, age, plain):
        app.add_template_filter(each)
