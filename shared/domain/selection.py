"""Which rows of the warehouse a run covers, as data that every warehouse adapter understands."""

from dataclasses import dataclass
from datetime import date, datetime

from shared.domain.exports import ExportSpec, Frequency
from shared.domain.identities import identity_columns
from shared.domain.runs import RunKind
from shared.domain.windows import Window, local_date, starts_with_all


@dataclass(frozen=True, slots=True)
class Delivered:
    """Rows of a window that have been delivered: what was visible of it at a moment."""

    snapshot_id: str
    slice_count: int
    window: Window
    freeze_at: datetime


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows of one run, read as of one moment.

    Events: `start_at <= column < end_at` where column is `ingested_at` or `ts`. Profiles: the
    newest version of each object among those with `updated_at < end_at`, and with
    `updated_at >= start_at` unless `start_at` is None (a full base, without deleted profiles).
    """

    account_id: int
    profiles: bool
    time_column: str
    start_at: datetime | None
    end_at: datetime
    # Rows that became visible in the warehouse later than this are not read.
    as_of: datetime
    # Empty: all events.
    event_names: tuple[str, ...]
    # Columns to take the identity from: the first that is neither missing nor empty.
    identity_columns: tuple[str, ...]
    time_zone: str
    # Rows with an earlier local event date are late; None where nothing can be late.
    late_before: date | None
    # Events with the ids of these rows are left out: what is left was missed.
    delivered: tuple[Delivered, ...] = ()

    @property
    def full_base(self) -> bool:
        """Whether profiles are delivered as a whole, not as changes."""
        return self.profiles and self.start_at is None


def select_rows(
    account_id: int, spec: ExportSpec, kind: RunKind, window: Window, freeze_at: datetime
) -> Selection:
    """The selection of a run of `kind` over `window`, frozen at `freeze_at`."""
    profiles = spec.data_type.is_profiles
    one_time = spec.frequency is Frequency.ONE_TIME
    start_at: datetime | None = window.start_at
    end_at = window.end_at
    if profiles:
        column = "updated_at"
        again = kind is RunKind.REPLAY and starts_with_all(spec, window)
        if one_time or kind is RunKind.FIRST or again:
            start_at = None
        if one_time:
            # "The newest version at the freeze": everything that is visible then.
            end_at = freeze_at
    else:
        column = "ts" if one_time else "ingested_at"
    late = None if profiles or one_time else local_date(window.start_at, spec.time_zone)
    return Selection(
        account_id=account_id,
        profiles=profiles,
        time_column=column,
        start_at=start_at,
        end_at=end_at,
        as_of=freeze_at,
        event_names=spec.events,
        identity_columns=identity_columns(spec),
        time_zone=spec.time_zone,
        late_before=late,
    )
