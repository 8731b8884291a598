"""Times as digits: what a clock on the wall of the zone shows, for every time there is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.formats.stamps import have_stamp, stamps

ZONES = [
    *("UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "America/New_York"),
    *("Australia/Lord_Howe", "Pacific/Apia", "Africa/Monrovia", "Africa/Casablanca"),
]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = -62_135_596_800_000_000, 253_402_300_799_999_999


def times(counts: list[int | None]) -> pa.Array:
    return pa.array(counts, pa.int64()).cast(pa.timestamp("us", "UTC"))


def shown(count: int, zone: str) -> str | None:
    try:
        at = (EPOCH + timedelta(microseconds=count)).astimezone(ZoneInfo(zone))
    except OverflowError:
        return None
    return f"{at:%Y%m%d%H%M%S}".rjust(14, "0")


@pytest.mark.parametrize("zone", ZONES)
@given(counts=st.lists(st.integers(FIRST, LAST), min_size=1, max_size=20))
def test_every_time_is_shown_as_the_clock_of_the_zone_does(zone, counts):
    assert stamps(times(counts), zone).to_pylist() == [shown(count, zone) for count in counts]


@pytest.mark.parametrize("year", [1947, 2026, 2037, 2038, 2100])
@pytest.mark.parametrize("zone", ZONES)
def test_every_quarter_of_an_hour_of_a_year_is_right(zone, year):
    start = (datetime(year, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
    counts = [start + quarter * 900_000_000 for quarter in range(366 * 96)]
    assert stamps(times(counts), zone).to_pylist() == [shown(count, zone) for count in counts]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York"])
def test_a_time_without_a_year_of_four_digits_has_no_stamp(zone):
    counts = [None, FIRST - 10**12, LAST + 10**12, 2**63 - 1, -(2**63), 0]
    assert stamps(times(counts), zone).is_valid().to_pylist() == [False] * 5 + [True]
    assert have_stamp(times(counts), zone).tolist() == [False] * 5 + [True]


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=5), st.sampled_from(ZONES))
def test_a_time_has_a_stamp_or_is_known_to_have_none(counts, zone):
    column = times(counts)
    assert have_stamp(column, zone).tolist() == stamps(column, zone).is_valid().to_pylist()
