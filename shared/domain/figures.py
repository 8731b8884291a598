"""The figures by which deliveries are judged, of one account or of all of them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.recounts import Completeness


@dataclass(frozen=True, slots=True)
class LateExport:
    """A live export with windows that should have been delivered."""

    account_id: int
    export_id: int
    windows: int
    # When the earliest of them was due.
    due_at: datetime
    # Why one of them failed: a code of the catalogue; empty while all of them only wait.
    reason: str = ""

    def lag(self, now: datetime) -> timedelta:
        """How late the earliest window is."""
        return max(timedelta(0), now - self.due_at)


@dataclass(frozen=True, slots=True)
class Unwarned:
    """An export that fails and of which nobody could be told, so that nobody may stop it."""

    account_id: int
    export_id: int
    # Why: a code of the catalogue.
    reason: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in an outbox."""

    count: int = 0
    # When the oldest of it was queued.
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """How deliveries stand at a moment."""

    late: tuple[LateExport, ...]
    incidents_open: int
    notices: Waiting
    webhook_messages: Waiting
    # Of the last day; they name no account, so that they are told of all together only.
    dead_letters: int | None = None
    # Of windows that were due within `rows_within`; None where nobody asked for it.
    rows_delivered: int | None = None
    completeness: Completeness | None = None
    # Imports that may run again and whose last run failed.
    imports_failing: int = 0
    unwarned: tuple[Unwarned, ...] = ()

    @property
    def windows_late(self) -> int:
        """Of all exports."""
        return sum(each.windows for each in self.late)

    def lag(self, now: datetime) -> timedelta:
        """How late the latest export is; nothing when none is late."""
        return max((each.lag(now) for each in self.late), default=timedelta(0))


def merged(found: Iterable[LateExport]) -> tuple[LateExport, ...]:
    """One entry an export, the one that is late for longest first."""
    known: dict[int, LateExport] = {}
    for each in found:
        before = known.get(each.export_id)
        known[each.export_id] = (
            each
            if before is None
            else replace(
                before,
                windows=before.windows + each.windows,
                due_at=min(before.due_at, each.due_at),
                reason=before.reason or each.reason,
            )
        )
    return tuple(sorted(known.values(), key=lambda each: (each.due_at, each.export_id)))


def together(found: Collection[Completeness]) -> Completeness | None:
    """The completeness of several exports as one; None when nothing was recounted."""
    if not found:
        return None
    return Completeness(
        sum(each.days for each in found),
        sum(each.rows_counted for each in found),
        sum(each.rows_missed for each in found),
        # What one delivered too much makes up for nothing that another lacks.
        sum(min(each.rows_missed, each.rows_supplemented) for each in found),
    )
