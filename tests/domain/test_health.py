"""Fine, late or failing: what wins, and from when on."""

import pytest

from shared.domain.health import FINE, LATE_AFTER, Health, HealthState, health_of
from tests.domain.makers import HOUR, NOW

SINCE = NOW - 9 * HOUR


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
