"""What a new export may be, what it gets by default, and how a wrong choice is refused."""

from datetime import timedelta
from typing import Any

import pytest

from shared.domain.exports import (
    Compression,
    DataType,
    Format,
    Frequency,
    Identifier,
    check_create,
    overlap,
)
from shared.errors import InvalidInput
from tests.domain.makers import HOUR, MINUTE, TODAY, account, chosen, recurring, utc

DAY = timedelta(days=1)
PROFILES = DataType.ALL_USER_PROPERTIES
EMAIL, IDENTITY = Identifier.EMAIL, Identifier.IDENTITY


def test_a_plain_export_is_uncompressed_json_of_one_day_by_identity():
    spec = chosen()
    assert (spec.format, spec.compression) == (Format.JSON, Compression.NONE)
    assert (spec.start_on, spec.end_on, spec.every) == (TODAY, TODAY, None)
    assert spec.identity_priority == (IDENTITY,)
    assert not spec.as_string
    assert spec.first_line
    assert not spec.formula_guard
    assert spec.prefix == ""


@pytest.mark.parametrize(
    ("data_type", "file_format", "expected"),
    [
        (DataType.ALL_EVENTS, Format.JSON, Compression.NONE),
        (DataType.ALL_EVENTS, Format.CSV, Compression.NONE),
        (DataType.ALL_EVENTS, Format.XML, Compression.NONE),
        (DataType.ALL_EVENTS, Format.PARQUET, Compression.GZIP),
        (PROFILES, Format.JSON, Compression.GZIP),
        (PROFILES, Format.CSV, Compression.GZIP),
        (PROFILES, Format.XML, Compression.GZIP),
        (PROFILES, Format.PARQUET, Compression.GZIP),
    ],
)
def test_profiles_and_parquet_are_packed_by_default(data_type, file_format, expected):
    assert chosen(data_type=data_type, format=file_format).compression is expected


def test_options_that_were_not_chosen_may_be_given_as_none():
    assert chosen(compression=None, every=None, events=None, end_on=None) == chosen()


def test_a_profile_export_made_once_needs_no_dates():
    spec = chosen(data_type=PROFILES, start_on=None)
    assert (spec.start_on, spec.end_on) == (TODAY, TODAY)


def test_a_schedule_starts_today_in_the_accounts_zone_and_freezes_that_zone():
    owner = account("Pacific/Kiritimati")  # UTC+14: the 21st has begun
    spec = chosen(owner, frequency=Frequency.RECURRING, every=4 * HOUR)
    assert (spec.start_on, spec.time_zone) == (TODAY + DAY, "Pacific/Kiritimati")
    assert chosen(frequency=Frequency.LIVE).every == 10 * MINUTE


@pytest.mark.parametrize("hours", range(4, 25))
def test_every_whole_number_of_hours_from_4_to_24_is_accepted(hours):
    assert chosen(frequency=Frequency.RECURRING, every=hours * HOUR).every == hours * HOUR


@pytest.mark.parametrize("minutes", [5, 7, 59, 60])
def test_live_windows_of_5_to_60_minutes_are_accepted(minutes):
    assert chosen(frequency=Frequency.LIVE, every=minutes * MINUTE).every == minutes * MINUTE


def test_a_selected_event_named_twice_is_exported_once():
    spec = chosen(data_type=DataType.SELECT_EVENTS, events=("b", "a", "b"))
    assert spec.events == ("b", "a")


def test_dates_reach_back_60_days_and_up_to_today():
    spec = chosen(start_on=TODAY - 60 * DAY, end_on=TODAY)
    assert spec.start_on == TODAY - 60 * DAY
    chosen(frequency=Frequency.RECURRING, every=4 * HOUR, start_on=TODAY - 60 * DAY)
    chosen(frequency=Frequency.RECURRING, every=4 * HOUR, start_on=TODAY + 366 * DAY)


RECURRING: dict[str, Any] = {"frequency": Frequency.RECURRING}
LIVE: dict[str, Any] = {"frequency": Frequency.LIVE}
SELECTED: dict[str, Any] = {"data_type": DataType.SELECT_EVENTS}


@pytest.mark.parametrize(
    ("choices", "advice"),
    [
        ({"start_on": TODAY - 61 * DAY}, "reaches back 60 days .* from 2026-09-21 on"),
        (RECURRING | {"every": 4 * HOUR, "start_on": TODAY - 61 * DAY}, "reaches back 60 days"),
        ({"start_on": None}, "Give the first date"),
        ({"start_on": TODAY, "end_on": TODAY - DAY}, "the other way round"),
        ({"end_on": TODAY + DAY}, "lies in the future: choose dates up to today, 2026-11-20"),
        (RECURRING | {"every": 4 * HOUR, "start_on": TODAY + 367 * DAY}, "more than a year ahead"),
        (RECURRING, "every 4 to 24 whole hours"),
        (RECURRING | {"every": 3 * HOUR}, "every 4 to 24 whole hours"),
        (RECURRING | {"every": 25 * HOUR}, "every 4 to 24 whole hours"),
        (RECURRING | {"every": 270 * MINUTE}, "every 4 to 24 whole hours"),
        (RECURRING | {"every": -4 * HOUR}, "every 4 to 24 whole hours"),
        (RECURRING | {"every": 4 * HOUR, "end_on": TODAY}, "no last date"),
        (LIVE | {"every": 4 * MINUTE}, "every 5 to 60 whole minutes"),
        (LIVE | {"every": 61 * MINUTE}, "every 5 to 60 whole minutes"),
        (LIVE | {"every": timedelta(minutes=5, seconds=1)}, "every 5 to 60 whole minutes"),
        ({"every": 4 * HOUR}, "one-time export has no interval"),
        (SELECTED, "Name 1 to 1,000 events"),
        (SELECTED | {"events": tuple(map(str, range(1_001)))}, "Name 1 to 1,000 events"),
        (SELECTED | {"events": ("",)}, "copy the event's name"),
        (SELECTED | {"events": ("\ud800",)}, "copy the event's name"),
        ({"events": ("a",)}, "select_events"),
        (SELECTED | {"events": ("a",), "identity_priority": (EMAIL,)}, "leave the identity"),
        ({"compression": Compression.ZSTD}, "choose none or gzip for json"),
        ({"format": Format.CSV, "compression": Compression.SNAPPY}, "choose none or gzip for csv"),
        ({"formula_guard": True}, "choose csv"),
        ({"first_line": False, "format": Format.CSV}, "Only JSON event files"),
        ({"first_line": False, "data_type": PROFILES}, "Only JSON event files"),
        ({"bucket": ""}, "Name the bucket"),
        ({"bucket": "gs://" + "b" * 5_000}, "Name the bucket"),
        ({"prefix": "no-slash"}, "must end with '/'"),
        ({"prefix": "{event_date}/", "data_type": PROFILES}, "use only {account_id}"),
    ],
)
def test_a_wrong_choice_is_refused_with_one_sentence_of_advice(choices, advice):
    with pytest.raises(InvalidInput, match=advice) as refused:
        chosen(**choices)
    assert refused.value.message.endswith(".")
    assert "\n" not in refused.value.message


def test_a_date_that_a_zone_skipped_is_refused():
    owner = account("Pacific/Apia")
    skipped = utc("2011-12-30").date()
    with pytest.raises(InvalidInput, match="was skipped in Pacific/Apia: choose another date"):
        chosen(owner, now=utc("2012-01-05T12:00"), start_on=skipped)


def test_the_bucket_is_neither_trimmed_nor_folded():
    assert chosen(bucket=" My Bucket ").bucket == " My Bucket "


@pytest.mark.parametrize(
    ("data_type", "frequency", "scheduled", "refused"),
    [
        (PROFILES, Frequency.ONE_TIME, [7], "export 7 is scheduled: stop it first"),
        (PROFILES, Frequency.ONE_TIME, [9, 8], "exports 9, 8 are scheduled: stop them first"),
        (PROFILES, Frequency.ONE_TIME, [5, 4, 3, 2], "5, 4, 3 and 1 more are scheduled"),
        (PROFILES, Frequency.ONE_TIME, [], None),
        (PROFILES, Frequency.RECURRING, [7], None),
        (DataType.ALL_EVENTS, Frequency.ONE_TIME, [7], None),
    ],
)
def test_one_time_profiles_wait_until_recurring_ones_are_stopped(
    data_type, frequency, scheduled, refused
):
    every = None if frequency is Frequency.ONE_TIME else 4 * HOUR
    spec = chosen(data_type=data_type, frequency=frequency, every=every)
    if refused:
        with pytest.raises(InvalidInput, match=refused):
            check_create(spec, recurring_profiles=scheduled)
    else:
        check_create(spec, recurring_profiles=scheduled)


def test_overlapping_exports_are_seen_by_bucket_events_and_dates():
    a = chosen(start_on=TODAY - 9 * DAY, end_on=TODAY - 5 * DAY)
    assert overlap(a, chosen(start_on=TODAY - 5 * DAY))
    assert not overlap(a, chosen(start_on=TODAY - 4 * DAY))
    assert overlap(a, recurring(start_on=TODAY - 60 * DAY))
    assert not overlap(a, recurring(start_on=TODAY))
    assert not overlap(a, chosen(start_on=TODAY - 5 * DAY, bucket="gs://other"))
    assert not overlap(a, chosen(data_type=PROFILES, start_on=TODAY - 5 * DAY))
    one = chosen(**SELECTED, events=("a", "b"))
    assert overlap(one, chosen(**SELECTED, events=("b",)))
    assert not overlap(one, chosen(**SELECTED, events=("c",)))
    assert overlap(one, chosen())
