"""How an export is, beside its status: fine, late, or failing since when and why."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

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
