"""An export that continues another begins where that one ended, and with no full base."""

from datetime import date, timedelta

import pytest

from shared.domain.exports import DataType, ExportSpec, ExportStatus, Frequency, check_edit, edited
from shared.domain.runs import RunKind
from shared.domain.selection import select_rows
from shared.domain.windows import Window, first_cursor, starts_with_all, upcoming_windows
from shared.errors import InvalidInput
from tests.domain.makers import HOUR, NOW, account, chosen, live, recurring, utc

SPAN = Window(utc("2026-11-20T00:00"), utc("2026-11-20T04:00"))


def test_the_first_window_begins_where_the_other_export_ended():
    spec = chosen(
        account("Asia/Tokyo"), frequency=Frequency.RECURRING, every=4 * HOUR, continue_from=NOW
    )
    # Nine in the evening in Tokyo.
    assert spec.start_on == date(2026, 11, 20)
    assert first_cursor(spec) == NOW
    first, second, third = upcoming_windows(spec)
    assert (first.start_at, first.end_at, second.start_at) == (NOW, NOW + 4 * HOUR, first.end_at)
    assert third.end_at == NOW + 12 * HOUR


def test_a_day_that_was_begun_is_ended_at_midnight():
    spec = recurring(24 * HOUR, continue_from=NOW)
    assert upcoming_windows(spec)[0] == Window(NOW, utc("2026-11-21T00:00"))


def test_windows_go_on_from_the_cursor_and_a_one_time_export_has_its_dates():
    assert upcoming_windows(recurring(), NOW + HOUR, count=1) == [
        Window(NOW + HOUR, NOW + 5 * HOUR)
    ]
    assert upcoming_windows(chosen()) == [Window(utc("2026-11-20T00:00"), utc("2026-11-21T00:00"))]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"continue_from": NOW + timedelta(days=1)}, "another date"),
        ({"continue_from": NOW + timedelta(microseconds=1)}, "whole second"),
        ({"continue_from": NOW.replace(tzinfo=None)}, "in UTC"),
    ],
)
def test_a_moment_that_cannot_be_continued_from_is_refused(wrong, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        live(**wrong)


def test_a_one_time_export_continues_nothing():
    with pytest.raises(InvalidInput, match="continues no other"):
        chosen(continue_from=NOW)


def test_the_moment_stays_in_state_and_in_edits():
    spec = recurring(continue_from=NOW)
    assert ExportSpec.from_dict(spec.to_dict()) == spec
    assert edited(account(), spec, as_string=True).continue_from == NOW
    with pytest.raises(InvalidInput, match="stay as they are"):
        edited(account(), spec, continue_from=NOW + HOUR)
    with pytest.raises(InvalidInput, match="stay as they are"):
        check_edit(spec, recurring(), ExportStatus.PENDING)


def test_profiles_that_continue_are_changes_and_others_begin_with_all():
    profiles = {"data_type": DataType.ALL_USER_PROPERTIES}
    assert starts_with_all(recurring(**profiles), SPAN)
    assert not starts_with_all(recurring(continue_from=SPAN.start_at, **profiles), SPAN)


@pytest.mark.parametrize(("hour", "whole"), [(0, True), (4, False)])
def test_a_replay_of_the_full_base_is_a_full_base(hour, whole):
    spec = recurring(data_type=DataType.ALL_USER_PROPERTIES)
    window = Window(SPAN.start_at + hour * HOUR, SPAN.end_at + hour * HOUR)
    assert select_rows(1, spec, RunKind.REPLAY, window, NOW).full_base is whole
