"""How an export is beside its status, and whether what drives all of them still runs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# The tick comes every minute and the monitor every hour: later than this, one of them is missing.
TICK_AGE_MAX = timedelta(minutes=10)
MONITOR_AGE_MAX = timedelta(minutes=90)
# A window may wait for a tick, be frozen and be written for so long before it counts as late.
LATE_AFTER = timedelta(hours=1)


class HealthState(StrEnum):
    """In words for programs."""

    FINE = "fine"
    LATE = "late"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Health:
    """How an export is; `since` and `reason` only where something is wrong."""

    state: HealthState
    since: datetime | None = None
    # A code of the catalogue; empty for what is late.
    reason: str = ""


FINE = Health(HealthState.FINE)


def health_of(
    *, failing: tuple[datetime, str] | None, due_at: datetime | None, now: datetime
) -> Health:
    """How an export is that may still deliver.

    `failing` is since when and why it fails; `due_at` when the earliest window that is not
    delivered yet was or will be due.
    """
    if failing is not None:
        return Health(HealthState.FAILING, *failing)
    if due_at is not None and due_at + LATE_AFTER < now:
        return Health(HealthState.LATE, due_at)
    return FINE


class SystemPart(StrEnum):
    """What has to run so that anything is delivered."""

    STATE = "state"
    MIGRATIONS = "migrations"
    TICK = "tick"
    MONITOR = "monitor"


@dataclass(frozen=True, slots=True)
class Finding:
    """How one part is."""

    part: SystemPart
    fine: bool
    # One sentence; where something is wrong it says what to do.
    text: str
    # When it was seen last; None for a part that is not seen but asked.
    at: datetime | None = None


UNREACHABLE = Finding(
    SystemPart.STATE, False, "The database cannot be reached; look whether it runs and lets us in."
)
REACHED = Finding(SystemPart.STATE, True, "The database answers.")


def tables_found(version: str | None, newest: str) -> Finding:
    """Whether the tables are as this version of the program needs them."""
    if version == newest:
        return Finding(SystemPart.MIGRATIONS, True, f"The tables have version {newest}.")
    text = f"The tables have version {version or 'none'}, not {newest}; migrate them."
    return Finding(SystemPart.MIGRATIONS, False, text)


def tick_found(at: datetime | None, now: datetime) -> Finding:
    """Whether windows are still recorded."""
    wrong = "look at the schedule and the log of the function scheduler."
    return _seen(SystemPart.TICK, "tick", at, now, TICK_AGE_MAX, wrong)


def monitor_found(at: datetime | None, now: datetime) -> Finding:
    """Whether failures are still looked after."""
    wrong = "look at the schedule and the log of the function monitor."
    return _seen(SystemPart.MONITOR, "look of the monitor", at, now, MONITOR_AGE_MAX, wrong)


def _seen(
    part: SystemPart, what: str, at: datetime | None, now: datetime, longest: timedelta, wrong: str
) -> Finding:
    if at is None:
        return Finding(part, False, f"There has been no {what} yet; {wrong}")
    # One that lies ahead was noted before the clock was set back, and says as little.
    if abs(now - at) > longest:
        minutes = int(longest / timedelta(minutes=1))
        return Finding(part, False, f"No {what} for more than {minutes} minutes; {wrong}", at)
    return Finding(part, True, f"The last {what} was in time.", at)
