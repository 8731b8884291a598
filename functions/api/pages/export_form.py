"""What the form of an export offers: its lists with their words and one line of help each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from functions.api.pages.choices import DAY, RANGE, priority_offered
from functions.api.pages.text import words
from functions.api.pages.visits import Visit
from shared.config import TRIAL_BUCKET, from_environment
from shared.domain.choices import DataType
from shared.domain.members import Actor, Via
from shared.domain.presets import oldest_day
from shared.domain.specs import RECURRING_HOURS_OFFERED
from shared.jobs.event_names import names_to_offer
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
    (DAY, "A specific day"),
    (RANGE, "A date range"),
    ("today", "Today"),
    ("yesterday", "Yesterday"),
    ("last_7_days", "Last 7 days"),
    ("last_30_days", "Last 30 days"),
    ("last_60_days", "Last 60 days"),
    ("current_month", "Current month"),
    ("previous_month", "Previous month"),
)
# More than that is a list to search in.
NAMES_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Names:
    """Names of events to tick, how many more there are, and whether any is known at all."""

    offers: Sequence[tuple[str, bool]]
    more: int
    known: bool


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
    names = names_to_offer(visit.services, visit.account_id, actor=visit.actor)
    return {
        "given": given,
        "written": [name for name in given["events"] if name not in names],
        "names": found_names(names, given["events"]),
        "editing": editing,
        "fixed": fixed,
        "buckets": list_buckets(visit.services, visit.account_id),
        "folder": folder_here(visit.actor),
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


def folder_here(actor: Actor) -> str:
    """A folder of this machine for whoever sits at it, who needs no credentials then."""
    if actor.via is not Via.LOCAL:
        return ""
    folder = (from_environment().home / TRIAL_BUCKET).resolve()
    return folder.as_uri() if folder.is_dir() else ""


def found_names(known: Sequence[str], ticked: Sequence[str], beginning: str = "") -> Names:
    """Those to tick: the ones that are ticked already, then others that begin so."""
    begin = beginning.casefold()
    kept = [name for name in known if name in ticked]
    fit = [name for name in known if name not in ticked and name.casefold().startswith(begin)]
    room = max(NAMES_SHOWN - len(kept), 0)
    offers = [*((name, True) for name in kept), *((name, False) for name in fit[:room])]
    return Names(offers, more=len(fit) - room if len(fit) > room else 0, known=bool(known))


def _hours(chosen: str) -> list[int]:
    """Those that are offered, and the one that an export has already."""
    hours = set(RECURRING_HOURS_OFFERED)
    if chosen.isdigit() and len(chosen) < 3:
        hours.add(int(chosen))
    return sorted(hours)
