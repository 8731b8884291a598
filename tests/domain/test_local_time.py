"""Where local dates begin, in every zone there is and whatever its clocks do."""

from datetime import date, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.local_time import first_instant, local_date
from tests.domain.makers import account, utc

DAY = timedelta(days=1)
ALL_ZONES = sorted(available_timezones() - {"localtime", "Factory"})
# Zones whose clocks have jumped over midnight, over a day, by half an hour or by less.
ODD_ZONES = [
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "America/Havana",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Gaza",
    "Africa/Casablanca",
    "Africa/Monrovia",
    "Antarctica/Troll",
]
ZONES = st.sampled_from(ALL_ZONES) | st.sampled_from(ODD_ZONES)
DAYS = st.dates(date(1880, 1, 2), date(2099, 12, 30))


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("UTC", "2026-03-29", "2026-03-29T00:00"),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00"),
        ("Europe/Berlin", "2026-03-30", "2026-03-29T22:00"),
        ("Asia/Kolkata", "2026-01-01", "2025-12-31T18:30"),
        # Midnight does not exist: the clocks jump from 24:00 to 01:00.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00"),
        ("Asia/Beirut", "2024-03-31", "2024-03-30T22:00"),
        # Midnight comes twice: its first time counts.
        ("America/Havana", "2026-11-01", "2026-11-01T04:00"),
        # The clocks go back from 24:00 to 23:00: the old day lasts an hour longer.
        ("America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00"),
        # Half an hour of summer time.
        ("Australia/Lord_Howe", "2026-10-05", "2026-10-04T13:00"),
        ("Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30"),
        # The 30th of December was skipped.
        ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00"),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00"),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00"),
        ("Pacific/Kwajalein", "1993-08-21", "1993-08-21T12:00"),
        # The clocks jumped from 23:30 to 00:30.
        ("America/Toronto", "1919-03-31", "1919-03-31T04:30"),
        # 44 minutes and 30 seconds were skipped at midnight.
        ("Africa/Monrovia", "1972-01-07", "1972-01-07T00:44:30"),
    ],
)
def test_a_date_begins_when_its_clocks_first_show_it(zone, day, begins):
    assert first_instant(date.fromisoformat(day), zone) == utc(begins)


@given(ZONES, DAYS)
def test_a_date_begins_at_the_first_second_that_shows_it_or_a_later_one(zone, day):
    begins = first_instant(day, zone)
    assert local_date(begins, zone) >= day
    assert local_date(begins - timedelta(seconds=1), zone) < day
    assert local_date(begins - timedelta(hours=3), zone) < day


@given(ZONES, DAYS)
def test_dates_follow_each_other_and_only_skipped_ones_are_empty(zone, day):
    begins, ends = first_instant(day, zone), first_instant(day + DAY, zone)
    assert begins <= ends <= begins + timedelta(hours=50)
    if begins < ends:
        assert local_date(begins, zone) == day


@pytest.mark.parametrize("zone", ALL_ZONES)
def test_every_zone_can_be_an_accounts(zone):
    day = date(2026, 11, 20)
    assert local_date(first_instant(day, account(zone).time_zone), zone) == day
