"""Writes times as the integer yyyyMMddHHmmss of a time zone."""

from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.formats.text import whole

Int64s = npt.NDArray[np.int64]

_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = int(np.datetime64("0001-01-01", "D").astype(np.int64))
_LAST_DAY = int(np.datetime64("9999-12-31", "D").astype(np.int64))
# No zone shifts a time by more than a day, and within these bounds no arithmetic overflows.
_EARLIEST, _LATEST = (_FIRST_DAY - 1) * _DAY, (_LAST_DAY + 2) * _DAY


def stamps(column: pa.Array, time_zone: str) -> pa.StringArray:
    """14 digits a row in that zone; null where the local year lies outside 1..9999 or ts is null.

    The clock's part comes from a table of all seconds of a day and the date's part from a table of
    the few dates in the batch, so that no number is formatted row by row.
    """
    utc = column.cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    at: Int64s = utc.fill_null(_LATEST).to_numpy()
    good = (at >= _EARLIEST) & (at < _LATEST)
    local = _wall_clock(at if good.all() else np.where(good, at, 0), time_zone)
    days = local // _DAY
    seconds = (local - days * _DAY) // _SECOND
    good &= (days >= _FIRST_DAY) & (days <= _LAST_DAY)
    dates, which = _distinct(days if good.all() else np.where(good, days, 0))
    shown = [str(date).replace("-", "") for date in dates.astype("datetime64[D]")]
    date = pa.array(shown, pa.string()).take(pa.array(which, mask=None if good.all() else ~good))
    return whole(date, _clock().take(pa.array(seconds)))


def have_stamp(column: pa.Array, time_zone: str) -> npt.NDArray[np.bool_]:
    """Which rows `stamps` can write; two comparisons when no time is anywhere near the edges."""
    at = column.cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    ends = pc.min_max(at)
    low, high = ends["min"].as_py(), ends["max"].as_py()
    if at.null_count or low is None or low < _EARLIEST + 3 * _DAY or high > _LATEST - 3 * _DAY:
        written: npt.NDArray[np.bool_] = stamps(column, time_zone).is_valid().to_numpy(False)
        return written
    return np.ones(len(column), np.bool_)


def _wall_clock(at: Int64s, time_zone: str) -> Int64s:
    """Microseconds that the zone's clock shows, counted like UTC.

    The rules are zoneinfo's, the same as the windows' (Arrow has no daylight saving after 2037 and
    needs the system's own time zone files): one table row a day of the batch.
    """
    if time_zone == "UTC":
        return at
    day_numbers = at // _DAY
    days, which = _distinct(day_numbers)
    table = np.array([_offsets(time_zone, int(day)) for day in days], np.int64).reshape(-1, 3)
    if len(table) and (table[:, :2] == table[0, 0]).all():
        return at + int(table[0, 0])
    before, after, change = table.T
    late = at - day_numbers * _DAY >= change[which]
    return at + np.where(late, after[which], before[which])


def _distinct(days: Int64s) -> tuple[Int64s, Int64s]:
    """The distinct days and each row's place in them; a part spans few days, so no sorting."""
    first, last = (int(days.min()), int(days.max())) if days.size else (0, -1)
    if last - first < 400:
        return np.arange(first, last + 1), days - first
    found = np.unique(days, return_inverse=True)
    return found[0], found[1]


@lru_cache(maxsize=10_000)
def _offsets(time_zone: str, day: int) -> tuple[int, int, int]:
    """A UTC day's offset at its start and at its end, and when in the day the second begins."""
    zone = ZoneInfo(time_zone)

    def offset(second: int) -> int:
        # A zone's day must lie in the years 1 to 9999 too; offsets do not change out there.
        inside = min(max(day, _FIRST_DAY + 2), _LAST_DAY - 2)
        at = (_EPOCH + timedelta(days=inside, seconds=second)).astimezone(zone)
        return (at.utcoffset() or timedelta()) // timedelta(microseconds=1)

    before, after = offset(0), offset(86_400)
    low, high = 0, 86_400  # the change, if any, lies in (low, high]
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset(middle) == before else (low, middle)
    return before, after, (high if before != after else 86_400) * _SECOND


@cache
def _clock() -> pa.StringArray:
    """HHmmss of every second of a day."""
    return pa.array([f"{s // 3600:02}{s // 60 % 60:02}{s % 60:02}" for s in range(86_400)])
