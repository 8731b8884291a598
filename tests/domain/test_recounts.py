"""Which days are recounted, and when; what of a day is its newest delivery."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.domain.exports import DataType
from shared.domain.recounts import (
    Completeness,
    WindowCount,
    arrival_day,
    is_as_delivered,
    is_delivered,
    is_recounted,
    newest_deliveries,
    ready_at,
    recount_at,
    stretches,
)
from shared.domain.runs import RunKind, RunStatus
from shared.domain.windows import Window
from tests.domain.makers import chosen, live, recurring

DAY = date(2026, 11, 20)
MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Run:
    window: Window
    kind: RunKind = RunKind.INCREMENTAL
    status: RunStatus = RunStatus.DONE
    stamp: int = 1
    finished_at: datetime | None = MIDNIGHT + 25 * HOUR


def window(first, last):
    return Window(MIDNIGHT + first * HOUR, MIDNIGHT + last * HOUR)


HALVES = [Run(window(0, 12)), Run(window(12, 24))]


@pytest.mark.parametrize(
    ("spec", "kind", "expected"),
    [
        (recurring(), RunKind.FIRST, True),
        (live(), RunKind.INCREMENTAL, True),
        (recurring(), RunKind.REPLAY, True),
        (recurring(), RunKind.SUPPLEMENT, False),
        (chosen(), RunKind.ONE_TIME, False),
        (chosen(), RunKind.REPLAY, False),
        (recurring(data_type=DataType.ALL_USER_PROPERTIES), RunKind.INCREMENTAL, False),
    ],
)
def test_events_of_windows_are_recounted_and_nothing_else(spec, kind, expected):
    assert is_recounted(spec, kind) is expected


def test_a_window_belongs_to_the_local_date_on_which_it_begins():
    late = window(23, 27)
    assert arrival_day(late, "UTC") == DAY
    assert arrival_day(late, "Europe/Berlin") == date(2026, 11, 21)


def test_a_day_is_recounted_24_hours_after_its_end_and_its_last_delivery():
    end = MIDNIGHT + 24 * HOUR
    assert recount_at(DAY, "UTC", MIDNIGHT) == end + 24 * HOUR
    assert recount_at(DAY, "UTC", end + HOUR) == end + 25 * HOUR
    # A day of 25 hours.
    autumn = date(2026, 10, 25)
    first = datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert recount_at(autumn, "Europe/Berlin", first) == first + 49 * HOUR
    assert ready_at(HALVES, DAY, "UTC") == MIDNIGHT + 49 * HOUR


def test_of_several_deliveries_of_a_window_the_newest_counts():
    replay = Run(window(0, 12), RunKind.REPLAY, stamp=9)
    failed = Run(window(12, 24), status=RunStatus.FAILED, stamp=8)
    supplement = Run(window(12, 24), RunKind.SUPPLEMENT, stamp=10)
    runs = [*HALVES, replay, failed, supplement]
    assert newest_deliveries(runs) == [replay, HALVES[1]]
    assert is_delivered(runs, DAY, "UTC")


@pytest.mark.parametrize(
    "runs",
    [
        [],
        HALVES[:1],
        [HALVES[0], Run(window(12, 24), status=RunStatus.FAILED)],
        [HALVES[0], Run(window(12, 24), status=RunStatus.WRITING)],
        [*HALVES, Run(window(0, 12), RunKind.REPLAY, RunStatus.PENDING)],
        [*HALVES, Run(window(0, 12), RunKind.SUPPLEMENT, RunStatus.WRITING)],
    ],
)
def test_a_day_with_something_undelivered_is_waited_for(runs):
    assert not is_delivered(runs, DAY, "UTC")


def test_windows_of_the_same_events_are_counted_together():
    chosen = [(run.window, events) for run, events in zip(HALVES * 2, "aabc", strict=True)]
    assert stretches(chosen) == [("a", [0, 1]), ("b", [2]), ("c", [3])]


def test_ids_tell_what_counts_do_not():
    assert is_as_delivered(5, 77, WindowCount(5, 77))
    assert not is_as_delivered(5, 77, WindowCount(6, 77))
    assert not is_as_delivered(5, 77, WindowCount(5, 78))
    assert is_as_delivered(5, None, WindowCount(5, 78))


def test_completeness_is_a_share():
    assert Completeness(0, 0, 0, 0).share == 1.0
    assert Completeness(1, 100, 50, 0).share == 0.5
    assert Completeness(1, 100, 50, 70).share == 1.0
    assert Completeness(1, 2, 5, 0).share == 0.0
