"""A database that is gone for a while in any phase of a delivery: told, and made up for."""

from datetime import timedelta

import pytest

from shared.errors import Transient
from tests.jobs.faults import Fault
from tests.jobs.oracle import assert_delivered
from tests.jobs.samples import ids
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE, event

pytestmark = pytest.mark.kept_open

# Whoever asks within the minute finds nobody.
WITHIN_A_MINUTE = 3


def away():
    raise Transient("The database cannot be reached for now.", reason="state-unreachable")


def test_a_database_that_is_away_in_any_phase_loses_and_doubles_nothing(house):
    """At the n-th transaction of a window's delivery, for every n there is."""
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    well, rows, number = house.services, [], 0
    while True:
        number += 1
        at = MIDNIGHT + (number - 1) * 4 * HOUR + HOUR
        rows += [event(1000 * number + n, ts=at, ingested_at=at) for n in range(2)]
        house.load(rows[-2:])
        house.now = MIDNIGHT + number * 4 * HOUR + 6 * MINUTE
        fault = Fault("run", away, numbers=range(number, number + WITHIN_A_MINUTE))
        house.services = house.with_(database=fault.on(well.database))
        failed = delivered(house)
        house.services = well
        if not fault.fired:
            break
        assert failed
        house.now += MINUTE
        house.finish()
    assert number > 15
    assert_delivered(house, export, ids(rows))
    house.now += timedelta(hours=1)
    assert house.tick().runs_recorded == 0


def delivered(house):
    """A tick and its messages; whether the database was found away."""
    try:
        house.tick()
    except Transient:
        return True
    return bool(house.drain())
