"""When an import runs next: counted in elapsed time, or on local days at local times."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.import_schedules import MANUAL, Schedule, When, next_run_at
from shared.errors import InvalidInput, OurFault
from tests.domain.makers import NOW, utc
from tests.domain.test_local_time import ZONES

BERLIN = "Europe/Berlin"
MOMENTS = st.integers(946_684_800, 3_786_912_000).map(lambda at: datetime.fromtimestamp(at, UTC))
TIMES = st.lists(
    st.builds(time, st.integers(0, 23), st.integers(0, 59)), min_size=1, max_size=4, unique=True
)


def weekly(*days, at=("09:00",), zone=BERLIN):
    times = tuple(time.fromisoformat(each) for each in at)
    return Schedule(when=When.WEEKLY, days=days, times=times, time_zone=zone)


def monthly(*days, at=("09:00",), zone="UTC"):
    times = tuple(time.fromisoformat(each) for each in at)
    return Schedule(when=When.MONTHLY, days=days, times=times, time_zone=zone)


def every(count, when, start_at=NOW, zone="UTC"):
    return Schedule(when=when, every=count, start_at=start_at, time_zone=zone)


@pytest.mark.parametrize(
    ("schedule", "after", "expected"),
    [
        (every(15, When.MINUTES), "2026-11-20 11:00", "2026-11-20 12:00"),
        (every(15, When.MINUTES), "2026-11-20 12:00", "2026-11-20 12:15"),
        (every(15, When.MINUTES), "2026-11-20 13:07", "2026-11-20 13:15"),
        (every(6, When.HOURS), "2026-11-21 12:00", "2026-11-21 18:00"),
        # Noon in UTC is 13:00 in Berlin, in summer too.
        (every(1, When.DAYS, zone=BERLIN), "2027-03-28 12:00", "2027-03-29 11:00"),
        (every(2, When.DAYS), "2026-11-20 12:00", "2026-11-22 12:00"),
        (weekly(0), "2026-11-20 12:00", "2026-11-23 08:00"),
        (weekly(4, at=("14:00", "09:00")), "2026-11-20 12:00", "2026-11-20 13:00"),
        # In Berlin 02:00 becomes 03:00 on 28 March, and 03:00 becomes 02:00 on 31 October.
        (weekly(6, at=("02:30",)), "2027-03-27 12:00", "2027-03-28 01:30"),
        (weekly(6, at=("02:45", "03:15")), "2027-03-27 12:00", "2027-03-28 01:15"),
        (weekly(6, at=("02:45", "03:15")), "2027-03-28 01:15", "2027-03-28 01:45"),
        (weekly(6, at=("02:30",)), "2027-10-30 12:00", "2027-10-31 00:30"),
        (weekly(6, at=("02:30",)), "2027-10-31 00:30", "2027-11-07 01:30"),
        (monthly(31), "2026-11-20 12:00", "2026-12-31 09:00"),
        (monthly(31), "2026-12-31 09:00", "2027-01-31 09:00"),
        (monthly(-1), "2027-01-31 09:00", "2027-02-28 09:00"),
        (monthly(1, 15), "2026-11-20 12:00", "2026-12-01 09:00"),
        (Schedule(when=When.AT, start_at=NOW), "2026-11-20 11:59", "2026-11-20 12:00"),
    ],
)
def test_the_next_run_is_the_first_later_moment(schedule, after, expected):
    assert next_run_at(schedule, utc(after)) == utc(expected)


def test_by_hand_and_after_its_moment_no_run_is_due():
    assert next_run_at(MANUAL, NOW) is None
    assert next_run_at(Schedule(when=When.AT, start_at=NOW), NOW) is None


@given(st.sampled_from([When.MINUTES, When.HOURS]), st.integers(15, 400), MOMENTS, MOMENTS)
def test_elapsed_runs_come_one_step_after_another(when, count, start_at, after):
    schedule = every(count, when, start_at)
    step = count * timedelta(minutes=1 if when is When.MINUTES else 60)
    found = next_run_at(schedule, after)
    assert after < found
    assert (found - start_at) % step == timedelta(0)
    assert found == start_at or found - step <= after or found <= start_at
    assert next_run_at(schedule, found) == found + step


@given(
    ZONES,
    TIMES,
    MOMENTS,
    st.lists(st.integers(0, 6), min_size=1, unique=True),
)
def test_weekly_runs_are_later_and_none_is_left_out(zone, times, after, days):
    schedule = Schedule(when=When.WEEKLY, time_zone=zone, days=tuple(days), times=tuple(times))
    found = next_run_at(schedule, after)
    assert after < found <= after + timedelta(days=9)
    local = found.astimezone(ZoneInfo(zone))
    # A time in a gap shows a later one; all others are shown as chosen.
    written = {(day, at) for day in days for at in times}
    if (local.weekday(), local.time()) not in written:
        earlier = [local.replace(tzinfo=None) - timedelta(minutes=m) for m in range(1, 24 * 60 + 1)]
        assert any((each.weekday(), each.time()) in written for each in earlier)
    # Whoever asks at any moment before it gets the same one.
    assert next_run_at(schedule, found - timedelta(microseconds=1)) == found


@given(ZONES, st.integers(1, 40), MOMENTS, st.timedeltas(timedelta(0), timedelta(days=4000)))
def test_every_so_many_days_at_the_same_local_time(zone, count, start_at, later):
    schedule = every(count, When.DAYS, start_at, zone)
    after = start_at + later
    found = next_run_at(schedule, after)
    assert after < found <= after + timedelta(days=count + 2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"when": When.MINUTES, "every": 14, "start_at": NOW},
        {"when": When.MINUTES, "start_at": NOW},
        {"when": When.HOURS, "every": 0, "start_at": NOW},
        {"when": When.DAYS, "every": 400, "start_at": NOW},
        {"when": When.HOURS, "every": 1},
        {"when": When.HOURS, "every": 1, "start_at": NOW, "days": (1,)},
        {"when": When.AT},
        {"when": When.AT, "start_at": NOW.replace(year=1970)},
        {"when": When.MINUTES, "every": 15, "start_at": NOW.replace(year=9999)},
        {"when": When.AT, "start_at": NOW.astimezone(ZoneInfo("Asia/Tokyo"))},
        {"when": When.WEEKLY, "days": (7,), "times": (time(9),)},
        {"when": When.WEEKLY, "days": (1,)},
        {"when": When.WEEKLY, "days": (1, 1), "times": (time(9),)},
        {"when": When.MONTHLY, "days": (0,), "times": (time(9),)},
        {"when": When.MONTHLY, "days": (32,), "times": (time(9),)},
        {"when": When.MONTHLY, "days": (1,), "times": (time(9, 0, 1),)},
        {"when": When.MANUAL, "time_zone": "Mars/Olympus"},
    ],
)
def test_what_is_no_schedule_is_refused(wrong):
    with pytest.raises(InvalidInput):
        Schedule(**wrong)


@pytest.mark.parametrize(
    "schedule", [MANUAL, every(15, When.MINUTES), weekly(0, 6, at=("09:00", "23:59")), monthly(-1)]
)
def test_a_schedule_is_stored_and_read(schedule):
    assert Schedule.from_dict(schedule.to_dict()) == schedule


def test_a_stored_schedule_that_cannot_be_read_is_our_fault():
    with pytest.raises(OurFault):
        Schedule.from_dict({"when": "never"})
