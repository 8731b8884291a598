"""Late exports of several sources become one entry each; completeness of several becomes one."""

from datetime import timedelta

from shared.domain.figures import Figures, LateExport, Waiting, merged, together
from shared.domain.recounts import Completeness
from tests.domain.makers import HOUR, NOW

EARLY, LATER = NOW - 5 * HOUR, NOW - 2 * HOUR


def test_what_waits_failed_or_is_unrecorded_of_one_export_is_one_entry():
    found = merged(
        [
            LateExport(1, 10, 2, LATER),
            LateExport(1, 11, 1, NOW - 3 * HOUR),
            LateExport(1, 10, 1, EARLY, "403-forbidden"),
        ]
    )
    assert found == (
        LateExport(1, 10, 3, EARLY, "403-forbidden"),
        LateExport(1, 11, 1, NOW - 3 * HOUR),
    )
    figures = Figures(found, 0, Waiting(), Waiting())
    assert figures.windows_late == 4
    assert figures.lag(NOW) == 5 * HOUR


def test_nothing_late_is_no_lag_and_neither_is_a_clock_that_was_set_back():
    assert Figures((), 0, Waiting(), Waiting()).lag(NOW) == timedelta(0)
    assert LateExport(1, 10, 1, NOW + HOUR).lag(NOW) == timedelta(0)


def test_what_one_export_delivered_twice_makes_up_for_nothing_that_another_lacks():
    found = together([Completeness(1, 100, 10, 60), Completeness(2, 100, 50, 0)])
    assert found == Completeness(3, 200, 60, 10)
    assert found.share == 0.75
    assert together([]) is None
