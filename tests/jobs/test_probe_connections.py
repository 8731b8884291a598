"""Every saved connection is tried once an hour, even when nothing is due, and its health kept."""

from datetime import timedelta

from shared.errors import Transient
from shared.jobs.manage_connections import connection_of
from shared.jobs.probe_connections import probe_connections
from tests.jobs.faults import Fault
from tests.jobs.importing import connected
from tests.jobs.watch import look

HOUR = timedelta(hours=1)


def health(house, saved):
    found = connection_of(house.services, 1, saved.connection_id)
    return found.failure, found.failing_since, found.worked_at, found.probed_at


def test_a_connection_that_fails_says_since_when_and_why_until_it_works(house):
    saved, start = connected(house), house.now
    assert look(house).connections_failing == 0
    away, there = house.folder / "away", house.folder / "shop"
    there.rename(away)
    for hours in (1, 2):
        house.now = start + hours * HOUR
        assert look(house).connections_failing == 1
        assert health(house, saved) == ("import-source-missing", start + HOUR, start, house.now)
    away.rename(there)
    house.now += HOUR
    assert look(house).connections_failing == 0
    assert health(house, saved) == (None, None, house.now, house.now)


def test_what_passes_proves_nothing_and_each_is_tried_once_an_hour(house):
    saved, start = connected(house), house.now
    assert probe_connections(house.services, house.now) == {}
    house.now += HOUR

    def away():
        raise Transient("away", reason="cloud-unavailable")

    services = house.with_(looks=Fault("saved", away).on(house.services.looks))
    asked = probe_connections(services, house.now)
    assert asked == {saved.connection_id: "cloud-unavailable"}
    assert health(house, saved) == (None, None, start, house.now)
    assert probe_connections(house.services, house.now) == {}
