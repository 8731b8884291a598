"""Laws of windows: they partition time in every zone, whatever the ticks and the edits."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.choices import Frequency
from shared.domain.local_time import local_date
from shared.domain.windows import (
    Window,
    close_at,
    due_windows,
    first_cursor,
    next_due_at,
    one_time_bounds,
    window_end,
)
from tests.domain.makers import HOUR, MINUTE, live, recurring
from tests.domain.test_local_time import ZONES

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
SETTLE = timedelta(minutes=5)
INTERVALS = st.integers(4, 24).map(lambda hours: hours * HOUR)
LIVE_INTERVALS = st.integers(5, 60).map(lambda minutes: minutes * MINUTE)
STARTS = st.dates(date(1975, 1, 1), date(2099, 1, 1)) | st.sampled_from(
    [date(2011, 12, 28), date(2018, 11, 2), date(1993, 8, 19), date(2010, 11, 5), date(2026, 10, 3)]
)
STEPS = st.timedeltas(timedelta(0), 3 * DAY)


@given(INTERVALS, ZONES, STARTS, st.lists(STEPS, max_size=12), st.data())
def test_windows_fill_time_without_gap_or_overlap_whatever_the_ticks_and_edits(
    every, zone, start_on, steps, data
):
    spec = recurring(every, zone, start_on=start_on)
    cursor = now = first_cursor(spec)
    delivered: list[Window] = []
    for step in steps:
        now += step - data.draw(st.sampled_from([timedelta(0), HOUR]))  # a clock set back
        opened = data.draw(st.none() | st.just(now - 2 * HOUR))
        limit = data.draw(st.integers(1, 50))
        windows = due_windows(spec, cursor, now, settle=SETTLE, open_publish_at=opened, limit=limit)
        assert all(window.end_at + SETTLE <= now for window in windows)
        assert opened is None or all(window.end_at <= opened for window in windows)
        delivered += windows
        cursor = windows[-1].end_at if windows else cursor
        blocked = opened is not None and opened < window_end(spec, cursor)
        assert len(windows) == limit or blocked or next_due_at(spec, cursor, settle=SETTLE) > now
        if data.draw(st.booleans()):
            spec = recurring(data.draw(INTERVALS), zone, start_on=start_on)
    assert_contiguous(first_cursor(spec), delivered, cursor)


@given(ZONES, STARTS, LIVE_INTERVALS, st.lists(st.tuples(STEPS, LIVE_INTERVALS), max_size=6))
def test_live_windows_fill_time_without_gap_or_overlap_when_edits_cut_them(
    zone, start_on, every, edits
):
    spec = live(every, zone, start_on=start_on)
    cursor = now = first_cursor(spec)
    delivered: list[Window] = []
    for step, next_every in edits:
        now += step / 24
        due = due_windows(spec, cursor, now, settle=2 * MINUTE)
        cursor = due[-1].end_at if due else cursor
        closed = close_at(spec, cursor, now)
        cursor = closed[-1].end_at if closed else cursor
        delivered += due + closed
        assert now - SECOND < cursor <= now
        spec = live(next_every, zone, start_on=start_on)
    assert_contiguous(first_cursor(spec), delivered, cursor)


@given(INTERVALS | LIVE_INTERVALS, ZONES, STARTS, st.lists(STEPS, max_size=8))
def test_many_ticks_find_the_same_windows_as_a_single_late_one(every, zone, start_on, steps):
    spec = (recurring if every >= 4 * HOUR else live)(every, zone, start_on=start_on)
    cursor = now = first_cursor(spec)
    found: list[Window] = []
    for step in steps:
        now += step
        for _ in range(2):  # two ticks at once
            windows = due_windows(spec, cursor, now, settle=SETTLE, limit=10_000)
            found += windows
            cursor = windows[-1].end_at if windows else cursor
    assert found == due_windows(spec, first_cursor(spec), now, settle=SETTLE, limit=100_000)


@given(ZONES, STARTS)
def test_windows_of_24_hours_begin_where_a_local_date_begins(zone, start_on):
    spec = recurring(24 * HOUR, zone, start_on=start_on)
    for window in close_at(spec, first_cursor(spec), first_cursor(spec) + 9 * DAY)[:-1]:
        assert local_date(window.end_at, zone) > local_date(window.end_at - SECOND, zone)


# Since 2012 no zone has put its clocks back over a midnight that had passed already.
@given(ZONES, st.dates(date(2012, 1, 1), date(2099, 1, 1)), st.integers(0, 60), st.data())
def test_an_instant_lies_in_one_time_bounds_exactly_when_its_local_date_does(
    zone, start_on, days, data
):
    end_on = start_on + days * DAY
    bounds = one_time_bounds(
        recurring(None, zone, frequency=Frequency.ONE_TIME, start_on=start_on, end_on=end_on)
    )
    for edge in (bounds.start_at, bounds.end_at):
        at = edge + data.draw(st.timedeltas(-2 * DAY, 2 * DAY) | st.just(-SECOND))
        inside = bounds.start_at <= at < bounds.end_at
        assert inside == (start_on <= local_date(at, zone) <= end_on)


def assert_contiguous(begin, windows, end):
    """Each window begins where the one before has ended, from `begin` to `end`."""
    edges = [begin, *(window.end_at for window in windows)]
    assert [window.start_at for window in windows] == edges[:-1]
    assert edges[-1] == end
