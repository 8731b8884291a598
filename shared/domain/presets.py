"""The date ranges offered by name, and how far back data can be asked for."""

from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

DAYS_BACK_MAX = 60
_ONE_DAY = timedelta(days=1)


class Preset(StrEnum):
    """A range of dates relative to today."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    LAST_7_DAYS = "last_7_days"
    LAST_30_DAYS = "last_30_days"
    LAST_60_DAYS = "last_60_days"
    PREVIOUS_MONTH = "previous_month"
    CURRENT_MONTH = "current_month"


class PresetDates(NamedTuple):
    """Inclusive local dates; `cut` tells that the range was shortened to the last 60 days."""

    start_on: date
    end_on: date
    cut: bool

    @property
    def note(self) -> str:
        """What to tell about a shortened range; empty when nothing was cut."""
        if not self.cut:
            return ""
        return f"Data reaches back {DAYS_BACK_MAX} days, so the range begins on {self.start_on}."


def oldest_day(today: date) -> date:
    """The first date that can still be exported: 60 days before today."""
    return today - timedelta(days=DAYS_BACK_MAX)


def preset_dates(preset: Preset, today: date) -> PresetDates:
    """The dates of a preset; "last 7 days" are seven dates of which today is the last."""
    start_on, end_on = _range(preset, today)
    oldest = oldest_day(today)
    return PresetDates(max(start_on, oldest), end_on, start_on < oldest)


def _range(preset: Preset, today: date) -> tuple[date, date]:
    this_month = today.replace(day=1)
    last_month_end = this_month - _ONE_DAY
    return {
        Preset.TODAY: (today, today),
        Preset.YESTERDAY: (today - _ONE_DAY, today - _ONE_DAY),
        Preset.LAST_7_DAYS: (today - timedelta(days=6), today),
        Preset.LAST_30_DAYS: (today - timedelta(days=29), today),
        Preset.LAST_60_DAYS: (today - timedelta(days=59), today),
        Preset.PREVIOUS_MONTH: (last_month_end.replace(day=1), last_month_end),
        Preset.CURRENT_MONTH: (this_month, today),
    }[preset]
