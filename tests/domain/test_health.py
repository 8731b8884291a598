"""Fine, late or failing: what wins, and from when on."""

from datetime import timedelta

import pytest

from shared.domain.health import (
    FINE,
    LATE_AFTER,
    MONITOR_AGE_MAX,
    TICK_AGE_MAX,
    Health,
    HealthState,
    health_of,
    monitor_found,
    tables_found,
    tick_found,
)
from tests.domain.makers import HOUR, NOW

SINCE = NOW - 9 * HOUR
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("failing", "due_at", "health"),
    [
        (None, None, FINE),
        (None, NOW + HOUR, FINE),
        (None, NOW - LATE_AFTER, FINE),
        (None, NOW - 2 * HOUR, Health(HealthState.LATE, NOW - 2 * HOUR)),
        ((SINCE, "403-forbidden"), None, Health(HealthState.FAILING, SINCE, "403-forbidden")),
        ((SINCE, "x"), NOW - 9 * HOUR, Health(HealthState.FAILING, SINCE, "x")),
    ],
)
def test_an_export_is_fine_late_or_failing(failing, due_at, health):
    assert health_of(failing=failing, due_at=due_at, now=NOW) == health


@pytest.mark.parametrize("found", [tick_found, monitor_found])
def test_who_looks_in_time_is_fine_and_who_never_did_is_not(found):
    assert found(NOW, NOW).fine
    never = found(None, NOW)
    assert not never.fine
    assert "yet" in never.text


@pytest.mark.parametrize(
    ("found", "longest"), [(tick_found, TICK_AGE_MAX), (monitor_found, MONITOR_AGE_MAX)]
)
def test_who_looked_too_long_ago_or_by_a_clock_far_ahead_is_missing(found, longest):
    for age in (longest, -longest):
        assert found(NOW - age, NOW).fine
    for age in (longest + SECOND, -longest - SECOND):
        missing = found(NOW - age, NOW)
        assert not missing.fine
        assert missing.at == NOW - age
        assert "look at the schedule" in missing.text


@pytest.mark.parametrize(("version", "fine"), [("0011", True), ("0010", False), (None, False)])
def test_tables_of_another_version_are_said_to_be_so(version, fine):
    found = tables_found(version, "0011")
    assert found.fine is fine
    assert "0011" in found.text
