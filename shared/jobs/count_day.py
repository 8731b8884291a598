"""Counts one day of an export in the warehouse, beside what was delivered of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.recounts import RecountOutcome, is_as_delivered, stretches
from shared.domain.runs import RunKind
from shared.domain.selection import select_rows
from shared.domain.windows import Window
from shared.jobs.services import Services
from shared.jobs.window_deliveries import delivered_rows
from shared.ports import SnapshotGone
from shared.state.recounts import DayRun


@dataclass(frozen=True, slots=True)
class Day:
    """A day that is delivered to its end: all its runs, and the newest delivery of each window."""

    runs: Sequence[DayRun]
    deliveries: Sequence[DayRun]


@dataclass(frozen=True, slots=True)
class Found:
    """What the warehouse holds of a day, beside what was delivered of it."""

    rows_counted: int = 0
    # By the stamp of the delivery that lacks them.
    missed: tuple[tuple[int, int], ...] = ()
    rows_unknown: int = 0
    bytes_processed: int = 0

    def __add__(self, other: "Found") -> "Found":
        return Found(
            self.rows_counted + other.rows_counted,
            self.missed + other.missed,
            self.rows_unknown + other.rows_unknown,
            self.bytes_processed + other.bytes_processed,
        )

    @property
    def outcome(self) -> RecountOutcome:
        """What came of the recount."""
        if self.rows_unknown:
            return RecountOutcome.UNKNOWN
        return RecountOutcome.SUPPLEMENTED if self.missed else RecountOutcome.COMPLETE


def count_day(services: Services, day: Day, now: datetime) -> Found:
    """What is there now: a query for the day, and one more where a window has changed."""
    found = Found()
    for deliveries in _stretches(day):
        found += _count(services, day, deliveries, now)
    return found


def rows_read(run: DayRun) -> int:
    """Rows and duplicates that the delivery read."""
    return (run.rows_expected or 0) + (run.rows_duplicate or 0)


def _stretches(day: Day) -> Iterator[list[DayRun]]:
    chosen = [(run.window, () if run.spec is None else run.spec.events) for run in day.deliveries]
    for _, places in stretches(chosen):
        yield [day.deliveries[place] for place in places]


def _count(services: Services, day: Day, deliveries: list[DayRun], now: datetime) -> Found:
    """One query for the day; only where a window is not as it was delivered a second one."""
    spec = deliveries[0].spec
    assert spec is not None
    span = Window(deliveries[0].window.start_at, deliveries[-1].window.end_at)
    selection = select_rows(deliveries[0].account_id, spec, RunKind.INCREMENTAL, span, now)
    counts, processed = services.warehouse.count_windows(selection, _edges(deliveries))
    other = [
        place
        for place, (run, count) in enumerate(zip(deliveries, counts, strict=True))
        if not is_as_delivered(rows_read(run), run.ids_checksum, count)
    ]
    total = sum(count.rows for count in counts)
    if not other:
        return Found(total, bytes_processed=processed)
    closer = replace(selection, delivered=delivered_rows(day.runs, deliveries))
    looked_at = deliveries[other[0] : other[-1] + 1]
    try:
        lacking, more = services.warehouse.count_windows(closer, _edges(looked_at))
    except SnapshotGone:
        unknown = sum(abs(counts[place].rows - rows_read(deliveries[place])) for place in other)
        # As many rows with other ids: at least one of them is unknown.
        return Found(total, rows_unknown=max(1, unknown), bytes_processed=processed)
    missed = tuple(
        (run.stamp, count.rows) for run, count in zip(looked_at, lacking, strict=True) if count.rows
    )
    return Found(total, missed, bytes_processed=processed + more)


def _edges(deliveries: Sequence[DayRun]) -> list[datetime]:
    return [*(run.window.start_at for run in deliveries), deliveries[-1].window.end_at]
