"""The named ranges of dates, and the 60th day at which they are cut."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.presets import Preset, oldest_day, preset_dates


@pytest.mark.parametrize(
    ("preset", "today", "start", "end", "cut"),
    [
        (Preset.TODAY, "2026-11-20", "2026-11-20", "2026-11-20", False),
        (Preset.YESTERDAY, "2026-11-01", "2026-10-31", "2026-10-31", False),
        (Preset.LAST_7_DAYS, "2026-11-20", "2026-11-14", "2026-11-20", False),
        (Preset.LAST_30_DAYS, "2026-11-20", "2026-10-22", "2026-11-20", False),
        (Preset.LAST_60_DAYS, "2026-11-20", "2026-09-22", "2026-11-20", False),
        (Preset.CURRENT_MONTH, "2026-11-20", "2026-11-01", "2026-11-20", False),
        (Preset.CURRENT_MONTH, "2026-11-01", "2026-11-01", "2026-11-01", False),
        (Preset.PREVIOUS_MONTH, "2026-11-20", "2026-10-01", "2026-10-31", False),
        (Preset.PREVIOUS_MONTH, "2026-01-05", "2025-12-01", "2025-12-31", False),
        (Preset.PREVIOUS_MONTH, "2028-03-31", "2028-02-01", "2028-02-29", False),
        # The 1st of July lies 61 days before the 31st of August.
        (Preset.PREVIOUS_MONTH, "2026-08-31", "2026-07-02", "2026-07-31", True),
        (Preset.PREVIOUS_MONTH, "2026-08-30", "2026-07-01", "2026-07-31", False),
    ],
)
def test_a_preset_names_inclusive_dates(preset, today, start, end, cut):
    dates = preset_dates(preset, date.fromisoformat(today))
    assert dates == (date.fromisoformat(start), date.fromisoformat(end), cut)


def test_a_range_that_was_cut_says_so():
    cut = preset_dates(Preset.PREVIOUS_MONTH, date(2026, 8, 31))
    assert cut.note == "Data reaches back 60 days, so the range begins on 2026-07-02."
    assert preset_dates(Preset.TODAY, date(2026, 8, 31)).note == ""


@given(st.sampled_from(Preset), st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_no_preset_reaches_before_the_60th_day_or_into_the_future(preset, today):
    start_on, end_on, cut = preset_dates(preset, today)
    assert today - timedelta(days=60) == oldest_day(today) <= start_on <= end_on <= today
    assert not cut or start_on == oldest_day(today)
