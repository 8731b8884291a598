"""The function monitor by its paths, and the commands that do the same on one machine."""

import pytest

from shared.bootstrap import services
from shared.state import incidents, notices
from shared.state.notices import NoticeStatus
from tests.functions.test_dead_letters import body, letters
from tests.jobs.samples import arriving
from tests.jobs.watch import take_away, work
from tests.local.commands import answer, run
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE, NOW


@pytest.fixture
def failing(house):
    """An export whose bucket is gone and whose windows have failed."""
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    house.load(arriving(range(30), 11))
    take_away(house)
    house.now = MIDNIGHT + 4 * HOUR + 6 * MINUTE
    work(house)
    house.now = NOW
    return export


def open_now():
    return services().database.run(incidents.list_open)


def post(clients, path):
    response = clients["monitor"].post(path)
    return response.status_code, response.data


def test_the_hourly_call_looks_and_the_call_of_each_minute_sends(failing, clients):
    assert post(clients, "/outbox") == (204, b"")
    assert open_now() == []
    assert post(clients, "/hourly") == (204, b"")
    [incident] = open_now()
    assert incident.export_id == failing.export_id
    assert post(clients, "/hourly/") == (204, b"")
    [notice] = services().database.run(lambda c: notices.page(c, 1, before=None, limit=9))
    assert notice.status is NoticeStatus.QUEUED
    assert post(clients, "/outbox") == (204, b"")


@pytest.mark.parametrize("path", ["/", "/dead-letters", "/dead-letters/"])
def test_a_dead_letter_is_recorded_at_either_path(house, clients, path):
    assert clients["monitor"].post(path, json=body()).status_code == 204
    assert len(letters()) == 1


def test_another_path_is_none_of_ours(house, clients):
    assert post(clients, "/hourly/more") == (404, b"no-such-path")
    assert post(clients, "/elsewhere") == (404, b"no-such-path")


def test_the_command_line_looks_and_lists(failing):
    assert run("incidents") == ("No incidents: every export can be delivered.\n", "")
    found = answer("monitor")
    assert (found["incidents_opened"], found["warned"], found["given_up"]) == (1, 1, 0)
    assert answer("monitor")["incidents_opened"] == 0
    [incident] = answer("incidents")["incidents"]
    assert incident["export_id"] == failing.export_id
    assert (incident["reason"], incident["ending"]) == ("bucket-not-found", None)
    assert answer("incidents", "--export", str(failing.export_id))["incidents"] == [incident]
    shown, _ = run("incidents")
    assert str(failing.export_id) in shown
    assert "bucket-not-found" in shown
    shown, _ = run("monitor")
    assert "incidents opened" in shown
