"""Which windows an export delivers and when each is due, by table."""

from datetime import date, timedelta

import pytest

from shared.domain.choices import Frequency
from shared.domain.windows import (
    Window,
    close_at,
    due_windows,
    first_cursor,
    next_due_at,
    one_time_bounds,
    settle_delay,
    window_end,
)
from shared.errors import OurFault
from tests.domain.makers import HOUR, MINUTE, account, chosen, live, recurring, utc

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
SETTLE = timedelta(minutes=5)


@pytest.mark.parametrize(
    ("every", "zone", "start", "end"),
    [
        (4 * HOUR, "UTC", "2026-11-20T00:00", "2026-11-20T04:00"),
        # Elapsed hours, although the clocks go back meanwhile.
        (4 * HOUR, "Europe/Berlin", "2026-10-24T22:00", "2026-10-25T02:00"),
        (24 * HOUR, "Europe/Berlin", "2026-11-19T23:00", "2026-11-20T23:00"),
        # 25 hours in autumn, 23 in spring, 23.5 on Lord Howe.
        (24 * HOUR, "Europe/Berlin", "2026-10-24T22:00", "2026-10-25T23:00"),
        (24 * HOUR, "Europe/Berlin", "2026-03-28T23:00", "2026-03-29T22:00"),
        (24 * HOUR, "Australia/Lord_Howe", "2026-10-03T13:30", "2026-10-04T13:00"),
        # Midnight of the 4th does not exist in Sao Paulo: 23 hours after it follows.
        (24 * HOUR, "America/Sao_Paulo", "2018-11-03T03:00", "2018-11-04T03:00"),
        (24 * HOUR, "America/Sao_Paulo", "2018-11-04T03:00", "2018-11-05T02:00"),
        # No window for the day that Samoa skipped.
        (24 * HOUR, "Pacific/Apia", "2011-12-29T10:00", "2011-12-30T10:00"),
        (24 * HOUR, "Pacific/Apia", "2011-12-30T10:00", "2011-12-31T10:00"),
        # An export that was edited in the middle of a day comes back to midnight.
        (24 * HOUR, "Asia/Kolkata", "2026-11-20T08:00", "2026-11-20T18:30"),
        # One minute after midnight the clocks went back to 23:01 of the day before.
        (24 * HOUR, "America/St_Johns", "2010-11-07T02:30", "2010-11-08T03:30"),
        (24 * HOUR, "America/St_Johns", "2010-11-07T03:00", "2010-11-08T03:30"),
        (10 * MINUTE, "UTC", "2026-11-20T00:00", "2026-11-20T00:10"),
    ],
)
def test_a_window_ends_after_its_hours_or_at_the_next_local_midnight(every, zone, start, end):
    spec = (live if every < HOUR else recurring)(every, zone)
    assert window_end(spec, utc(start)) == utc(end)


def test_the_first_window_begins_at_midnight_of_the_start_date_in_the_exports_zone():
    spec = recurring(zone="Asia/Kolkata", start_on=date(2026, 11, 20))
    assert first_cursor(spec) == utc("2026-11-19T18:30")
    assert next_due_at(spec, first_cursor(spec), settle=SETTLE) == utc("2026-11-19T22:35")


def test_a_window_is_due_when_the_settle_delay_has_passed_since_its_end():
    spec, cursor = recurring(), utc("2026-11-20T00:00")
    only = [Window(cursor, utc("2026-11-20T04:00"))]
    assert due_windows(spec, cursor, utc("2026-11-20T04:04:59"), settle=SETTLE) == []
    assert due_windows(spec, cursor, utc("2026-11-20T04:05"), settle=SETTLE) == only
    assert settle_delay(Frequency.RECURRING) == 5 * MINUTE
    assert settle_delay(Frequency.LIVE) == 2 * MINUTE
    assert settle_delay(Frequency.ONE_TIME) == timedelta(0)


@pytest.mark.parametrize(
    ("began", "expected"),
    [("T03:59", 0), ("T04:00", 1), ("T07:59:59", 1), ("T08:00", 2), ("T09:00", 2), (None, 2)],
)
def test_a_window_waits_for_publishes_that_began_before_its_end(began, expected):
    began_at = None if began is None else utc("2026-11-20" + began)
    windows = due_windows(
        recurring(),
        utc("2026-11-20T00:00"),
        utc("2026-11-20T08:05"),
        settle=SETTLE,
        open_publish_at=began_at,
    )
    assert len(windows) == expected


def test_an_outage_is_caught_up_window_by_window_and_at_most_so_many_at_once():
    spec, cursor = live(), utc("2026-11-20T00:00")
    missed = due_windows(spec, cursor, utc("2026-11-21T00:02"), settle=2 * MINUTE)
    assert len(missed) == 144
    assert due_windows(spec, cursor, utc("2026-11-21T00:02"), settle=SETTLE, limit=3) == missed[:3]


def test_a_start_60_days_back_is_filled_in():
    now = utc("2026-11-20T12:00")
    spec = chosen(
        now=now, frequency=Frequency.RECURRING, every=4 * HOUR, start_on=date(2026, 9, 21)
    )
    assert len(due_windows(spec, first_cursor(spec), now, settle=SETTLE)) == 60 * 6 + 2


def test_nothing_is_due_when_the_clock_was_set_back_or_the_start_lies_ahead():
    spec, cursor = recurring(), utc("2026-11-20T04:00")
    assert due_windows(spec, cursor, cursor - 30 * DAY, settle=SETTLE) == []
    assert close_at(spec, cursor, cursor - DAY) == []


def test_an_edit_closes_the_current_window_at_that_second():
    closed = close_at(live(), utc("2026-11-20T00:00"), utc("2026-11-20T00:13:07.9"))
    assert closed == [
        Window(utc("2026-11-20T00:00"), utc("2026-11-20T00:10")),
        Window(utc("2026-11-20T00:10"), utc("2026-11-20T00:13:07")),
    ]
    assert close_at(live(), closed[-1].end_at, utc("2026-11-20T00:13:07.95")) == []
    assert close_at(live(), utc("2026-11-20T00:00"), utc("2026-11-20T00:10")) == closed[:1]


def test_an_edit_of_a_live_export_takes_effect_within_15_minutes():
    edited_at, slowest = utc("2026-11-20T00:13:07"), 5 * MINUTE
    closed = close_at(live(60 * MINUTE), utc("2026-11-20T00:00"), edited_at)
    first_due = next_due_at(live(slowest), closed[-1].end_at, settle=settle_delay(Frequency.LIVE))
    assert first_due - edited_at < 15 * MINUTE


def test_one_time_dates_are_inclusive_local_dates():
    spec = chosen(
        account("Europe/Berlin"),
        now=utc("2026-11-01T12:00"),
        start_on=date(2026, 10, 25),
        end_on=date(2026, 10, 26),
    )
    assert one_time_bounds(spec) == Window(utc("2026-10-24T22:00"), utc("2026-10-26T23:00"))


def test_what_has_no_windows_says_so():
    with pytest.raises(OurFault, match="no windows"):
        window_end(chosen(), utc("2026-11-20T00:00"))
    with pytest.raises(OurFault, match="Only a one-time export"):
        one_time_bounds(recurring())


def test_a_window_is_a_span_of_utc():
    start = utc("2026-11-20T00:00")
    for bad in [(start, start), (start + DAY, start), (start.replace(tzinfo=None), start)]:
        with pytest.raises(OurFault, match="No window can go"):
            Window(*bad)
