"""How far a run is, told from what has been counted so far."""

from datetime import timedelta
from typing import Any

from shared.domain.progress import Progress, progress_at
from tests.domain.makers import MINUTE, NOW


def progress(**values: Any) -> Progress:
    """A run that began a minute ago, half of whose 1,000 rows are written."""
    usual = {
        "started_at": NOW - MINUTE,
        "slices_total": 10,
        "slices_open": 6,
        "rows_done": 500,
        "rows_expected": 1_000,
    }
    return progress_at(NOW, **(usual | values))


def test_the_rate_is_that_of_all_the_time_and_gives_the_time_left():
    found = progress()
    assert (found.slices_done, found.slices_total) == (4, 10)
    assert found.rows_per_s == 500 / 60
    assert found.left == MINUTE
    assert found.share == 0.5


def test_nothing_is_told_before_it_can_be_known():
    waiting = progress(
        started_at=None, slices_total=None, slices_open=None, rows_done=0, rows_expected=None
    )
    assert waiting == Progress(0, None, 0, None, None, None)
    assert waiting.share is None
    assert progress(started_at=NOW).left is None
    assert progress(rows_done=0).rows_per_s is None


def test_more_rows_than_expected_leave_no_time_and_no_more_than_all():
    found = progress(rows_done=1_001)
    assert found.left == timedelta(0)
    assert found.share == 1.0


def test_a_run_without_rows_is_as_far_as_its_slices():
    assert progress(rows_done=0, rows_expected=0).share == 0.4
