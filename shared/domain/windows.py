"""Windows: the spans of arrival time that a scheduled export delivers, one run each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from shared.domain.choices import Frequency
from shared.domain.local_time import first_instant, local_date
from shared.domain.specs import ExportSpec
from shared.errors import InvalidInput, OurFault

__all__ = [
    "Window",
    "close_at",
    "due_windows",
    "first_cursor",
    "first_instant",
    "local_date",
    "next_due_at",
    "one_time_bounds",
    "settle_delay",
    "starts_with_all",
    "upcoming_windows",
    "window_end",
]

ONE_DAY = timedelta(days=1)
# One look at an export starts at most so many windows; the next look goes on from there. The
# longest backlog, 60 days of live windows of 5 minutes, takes 18 looks.
DUE_WINDOWS_MAX = 1_000
# Rows are stamped on arrival and become readable a little later.
_SETTLE = {
    Frequency.ONE_TIME: timedelta(0),  # freezes at once
    Frequency.RECURRING: timedelta(minutes=5),
    Frequency.LIVE: timedelta(minutes=2),
}


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open span of time `[start_at, end_at)`, both in UTC."""

    start_at: datetime
    end_at: datetime

    def __post_init__(self) -> None:
        aware = self.start_at.utcoffset() == self.end_at.utcoffset() == timedelta(0)
        if not aware or self.start_at >= self.end_at:
            raise OurFault(
                f"No window can go from {self.start_at} to {self.end_at}.", reason="bad-window"
            )


def due_windows(
    spec: ExportSpec,
    cursor_at: datetime,
    now: datetime,
    *,
    settle: timedelta,
    open_publish_at: datetime | None = None,
    limit: int = DUE_WINDOWS_MAX,
) -> list[Window]:
    """The windows to deliver now, in order and without a gap from `cursor_at` on.

    A window is due once the settle delay has passed since its end, and while no publish into the
    account's warehouse that began before its end is open; `open_publish_at` is when the oldest
    open one began. At most `limit` windows: move the cursor to the last end and ask again.
    """
    horizon = now - settle
    if open_publish_at is not None:
        horizon = min(horizon, open_publish_at)
    due = []
    for window in islice(_windows(spec, cursor_at), limit):
        if window.end_at > horizon:
            break
        due.append(window)
    return due


def close_at(spec: ExportSpec, cursor_at: datetime, at: datetime) -> list[Window]:
    """The windows that fill `[cursor_at, at)`, the last of them cut at `at`.

    Used when a live export is edited: the next window starts where the last of these ends. `at`
    counts to the whole second, as run stamps do; nothing is closed when it is not after the cursor.
    """
    at = at.replace(microsecond=0)
    closed = []
    for window in _windows(spec, cursor_at):
        if window.start_at >= at:
            break
        closed.append(Window(window.start_at, min(window.end_at, at)))
    return closed


def upcoming_windows(
    spec: ExportSpec, cursor_at: datetime | None = None, *, count: int = 3
) -> list[Window]:
    """The windows that would run next, in order; those of a new export without a cursor.

    A one-time export has one, which is its dates.
    """
    if spec.frequency is Frequency.ONE_TIME:
        return [one_time_bounds(spec)]
    start_at = first_cursor(spec) if cursor_at is None else cursor_at
    return list(islice(_windows(spec, start_at), count))


def starts_with_all(spec: ExportSpec, window: Window) -> bool:
    """Whether the window is the first of an export that continues no other.

    That is the one which delivers every profile, and not only those that changed.
    """
    return spec.continue_from is None and window.start_at == first_cursor(spec)


def window_end(spec: ExportSpec, start_at: datetime) -> datetime:
    """Where the window that begins at `start_at` ends.

    Below 24 hours a window is elapsed time, whatever the clocks do. One of 24 hours ends with the
    first instant of the next local date, so that it has 23 or 25 hours when the clocks change.
    """
    if spec.every is None:
        raise OurFault("A one-time export has no windows.", reason="no-windows")
    if spec.every < ONE_DAY:
        return start_at + spec.every
    day = local_date(start_at, spec.time_zone) + ONE_DAY
    # Where a clock was put back across midnight, a date that has begun may be left once more.
    while (end_at := first_instant(day, spec.time_zone)) <= start_at:
        day += ONE_DAY
    return end_at


def first_cursor(spec: ExportSpec) -> datetime:
    """Where the first window begins: 12:00 a.m. of the start date in the export's zone.

    An export that goes on from another begins where that one ended.
    """
    if spec.continue_from is not None:
        return spec.continue_from
    return first_instant(spec.start_on, spec.time_zone)


def next_due_at(spec: ExportSpec, cursor_at: datetime, *, settle: timedelta) -> datetime:
    """The first moment at which the window that begins at `cursor_at` can be due."""
    return window_end(spec, cursor_at) + settle


def settle_delay(frequency: Frequency) -> timedelta:
    """How long after its end a window waits for rows that have arrived to become readable."""
    return _SETTLE[frequency]


def one_time_bounds(spec: ExportSpec) -> Window:
    """The event times of a one-time export: its inclusive local dates as one span."""
    if spec.end_on is None:
        raise OurFault("Only a one-time export has bounds.", reason="no-bounds")
    start_at = first_instant(spec.start_on, spec.time_zone)
    end_at = first_instant(spec.end_on + ONE_DAY, spec.time_zone)
    if start_at >= end_at:
        raise InvalidInput(
            f"The date {spec.start_on} was skipped in {spec.time_zone}: choose another date."
        )
    return Window(start_at, end_at)


def _windows(spec: ExportSpec, cursor_at: datetime) -> Iterator[Window]:
    """All windows from `cursor_at` on, without end."""
    while True:
        end_at = window_end(spec, cursor_at)
        yield Window(cursor_at, end_at)
        cursor_at = end_at
