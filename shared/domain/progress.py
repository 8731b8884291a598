"""How far a run is: what is done, how fast it goes, and when it will have ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# A rate that was measured over less says nothing yet.
LEAST_TIME = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Progress:
    """What of a run is done; fields are None as long as they cannot be known."""

    slices_done: int
    slices_total: int | None
    rows_done: int
    rows_expected: int | None
    rows_per_s: float | None
    left: timedelta | None

    @property
    def share(self) -> float | None:
        """From 0 to 1: of the rows, or of the slices where no rows are expected."""
        if self.rows_expected:
            return min(self.rows_done / self.rows_expected, 1.0)
        if self.slices_total:
            return self.slices_done / self.slices_total
        return None


def progress_at(
    now: datetime,
    *,
    started_at: datetime | None,
    slices_total: int | None,
    slices_open: int | None,
    rows_done: int,
    rows_expected: int | None,
) -> Progress:
    """The progress of a run at `now`; the rate is that of all the time since it was begun."""
    rate = None
    if started_at is not None and now - started_at >= LEAST_TIME and rows_done:
        rate = rows_done / (now - started_at).total_seconds()
    left = None
    if rate is not None and rows_expected is not None:
        left = timedelta(seconds=max(rows_expected - rows_done, 0) / rate)
    return Progress(
        slices_done=(slices_total or 0) - (slices_open or 0),
        slices_total=slices_total,
        rows_done=rows_done,
        rows_expected=rows_expected,
        rows_per_s=rate,
        left=left,
    )
