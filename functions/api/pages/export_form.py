"""What the form of an export offers: its lists with their words and one line of help each."""

from typing import Any

from functions.api.pages.choices import CUSTOM, priority_offered
from functions.api.pages.text import words
from functions.api.pages.visits import Visit
from shared.domain.choices import DataType
from shared.domain.presets import oldest_day
from shared.domain.specs import RECURRING_HOURS_OFFERED
from shared.jobs.manage_buckets import list_buckets

DATA_TYPES = (
    ("all_events", "All events", "System and custom events"),
    ("select_events", "Select events", "Those that you name"),
    ("all_user_properties", "All user properties", "A row a user"),
)
FREQUENCIES = (
    ("one_time", "One time", "Some dates of the last 60 days"),
    ("recurring", "Recurring", "Every 4 to 24 hours"),
    ("live", "Live Data Streaming", "Every few minutes"),
)
FORMATS = (
    ("json", "JSON", "An object a line"),
    ("csv", "CSV", "With a header"),
    ("xml", "XML", "An element a line"),
    ("parquet", "Parquet", "Typed columns"),
)
COMPRESSIONS = (
    ("", "As usual for the format"),
    ("none", "None"),
    ("gzip", "gzip"),
    ("snappy", "Snappy (Parquet)"),
    ("zstd", "Zstandard (Parquet)"),
)
PRESETS = (
    ("today", "Today"),
    ("yesterday", "Yesterday"),
    ("last_7_days", "Last 7 days"),
    ("last_30_days", "Last 30 days"),
    ("last_60_days", "Last 60 days"),
    ("current_month", "Current month"),
    ("previous_month", "Previous month"),
    (CUSTOM, "A specific day or range"),
)


def offered(visit: Visit, given: dict[str, Any], *, editing: bool = False) -> dict[str, Any]:
    """The values of the form's templates beside what is given in the form."""
    fixed: list[str] = []
    if editing:
        profiles = given["data_type"] == DataType.ALL_USER_PROPERTIES
        fixed = [each.value for each in DataType if each.is_profiles != profiles]
    in_use = visit.account.identifiers
    priority = [each for each in given["priority"] if each]
    if sorted(priority) != sorted(map(str, in_use)):
        given = given | {"priority": priority_offered(visit.account)}
    return {
        "given": given,
        "editing": editing,
        "fixed": fixed,
        "buckets": list_buckets(visit.services, visit.account_id),
        "data_types": DATA_TYPES,
        "frequencies": FREQUENCIES,
        "formats": FORMATS,
        "compressions": COMPRESSIONS,
        "presets": PRESETS,
        "hours_offered": _hours(given["every_hours"]),
        "identifiers": [(each.value, words(each)) for each in in_use],
        "today": visit.today.isoformat(),
        "oldest": oldest_day(visit.today).isoformat(),
    }


def _hours(chosen: str) -> list[int]:
    """Those that are offered, and the one that an export has already."""
    hours = set(RECURRING_HOURS_OFFERED)
    if chosen.isdigit() and len(chosen) < 3:
        hours.add(int(chosen))
    return sorted(hours)
