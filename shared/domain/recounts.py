"""The recount: which days of arrival are counted again, and what the counts say about windows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Protocol, TypeVar

from shared.domain.choices import Frequency
from shared.domain.runs import ENDED_RUN, RunKind, RunStatus
from shared.domain.specs import ExportSpec
from shared.domain.windows import ONE_DAY, Window, first_instant, local_date

# Rows that become visible later than their arrival time do so within hours: a streaming buffer
# takes minutes, a loader that sets the time itself is as late as its files.
WAIT = timedelta(hours=24)
# Kinds of runs that deliver all of a window; a supplement adds to one of them.
WHOLE = (RunKind.FIRST, RunKind.INCREMENTAL, RunKind.REPLAY)


class WindowRun(Protocol):
    """What the rules need to know of a run."""

    @property
    def kind(self) -> RunKind:
        """Why it exists."""

    @property
    def window(self) -> Window:
        """What it delivers."""

    @property
    def status(self) -> RunStatus:
        """How far it is."""

    @property
    def stamp(self) -> int:
        """The later, the newer."""

    @property
    def finished_at(self) -> datetime | None:
        """When it ended."""


R = TypeVar("R", bound=WindowRun)


@dataclass(frozen=True, slots=True)
class WindowCount:
    """Rows of a window, and all their ids in one number."""

    rows: int
    # The hashes of the ids of all rows, joined by exclusive or; 0 for none.
    ids_checksum: int


class RecountOutcome(StrEnum):
    """What came of a recount."""

    # Every row is in a file.
    COMPLETE = "complete"
    # Rows were missed; supplement runs deliver them.
    SUPPLEMENTED = "supplemented"
    # The windows hold other rows than those delivered, and which ones cannot be told any more.
    UNKNOWN = "unknown"
    # The export was stopped before.
    SKIPPED = "skipped"
    # It could not be done; the reason stands beside it.
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Completeness:
    """What recounts found, and how much of it is delivered by now; duplicates count as rows."""

    days: int
    rows_counted: int
    # In no file when they were counted.
    rows_missed: int
    # Delivered since by supplements.
    rows_supplemented: int

    @property
    def share(self) -> float:
        """Delivered of what is there, from 0 to 1."""
        lacking = max(0, self.rows_missed - self.rows_supplemented)
        return 1.0 if not self.rows_counted else max(0.0, 1 - lacking / self.rows_counted)


def is_recounted(spec: ExportSpec, kind: RunKind) -> bool:
    """Whether what this run delivered is counted again.

    Events of windows are. A one-time export promises what had arrived at its freeze. Profiles are
    states: the next change or the next full base brings the newest one, and an older version that
    came later would be read after what replaced it.
    """
    windows = spec.frequency is not Frequency.ONE_TIME
    return windows and not spec.data_type.is_profiles and kind in WHOLE


def arrival_day(window: Window, zone: str) -> date:
    """The local date to which a window belongs: that on which it begins."""
    return local_date(window.start_at, zone)


def recount_at(day: date, zone: str, delivered_at: datetime) -> datetime:
    """When the day can be recounted: 24 hours after its end, and after its last delivery."""
    return max(first_instant(day + ONE_DAY, zone), delivered_at) + WAIT


def newest_deliveries(runs: Iterable[R]) -> list[R]:
    """For each window that was delivered its newest delivery, in the order of windows."""
    newest: dict[Window, R] = {}
    for run in sorted(runs, key=lambda run: run.stamp):
        if run.kind in WHOLE and run.status is RunStatus.DONE:
            newest[run.window] = run
    return [newest[window] for window in sorted(newest, key=lambda window: window.start_at)]


def is_delivered(runs: Sequence[WindowRun], day: date, zone: str) -> bool:
    """Whether the day is delivered to its end; `runs` are all that were recorded for its windows.

    What is on its way may become the newest delivery of its window, so it is waited for.
    """
    delivered = newest_deliveries(runs)
    windows = {run.window for run in delivered}
    if not delivered or any(run.status not in ENDED_RUN for run in runs):
        return False
    if any(run.window not in windows for run in runs if run.kind in WHOLE):
        return False
    return delivered[-1].window.end_at >= first_instant(day + ONE_DAY, zone)


def ready_at(deliveries: Iterable[WindowRun], day: date, zone: str) -> datetime:
    """The moment from which on the day of these deliveries can be recounted."""
    ends = [run.finished_at for run in deliveries if run.finished_at is not None]
    return recount_at(day, zone, max(ends))


def stretches(
    deliveries: Sequence[tuple[Window, tuple[str, ...]]],
) -> list[tuple[tuple[str, ...], list[int]]]:
    """The windows that one query can count: (events, places in the list), one after the other.

    That is the whole day, unless an edit chose other events in the middle of it.
    """
    places = range(len(deliveries))
    grouped = groupby(places, key=lambda place: deliveries[place][1])
    return [(events, list(found)) for events, found in grouped]


def is_as_delivered(rows_delivered: int, ids_checksum: int | None, counted: WindowCount) -> bool:
    """Whether a window holds what its delivery read: as many rows, with the same ids.

    Counts alone would not show a row that came while another was deleted. Deliveries from before
    ids were added up have no checksum.
    """
    if rows_delivered != counted.rows:
        return False
    return ids_checksum is None or ids_checksum == counted.ids_checksum
