"""Health over the REST API: to everybody whether Sluice runs, to members how deliveries stand."""

from datetime import timedelta

import pytest

from shared import bootstrap
from shared.jobs.monitor import monitor
from shared.jobs.schedule import schedule
from shared.state import incidents
from shared.state.incidents import Failure
from tests.functions.api.conftest import ROWS

HEALTH = "/v1/accounts/1/health"


@pytest.fixture
def running(world):
    """A tick and a look of the monitor have come to their end."""
    house = world.house
    schedule(house.services, house.now)
    monitor(house.services, house.now)
    failure = Failure(1, world.waiting.export_id, "gs://b", "403-forbidden", "No.", house.now)
    house.services.database.run(lambda c: incidents.open_or_continue(c, failure, house.now))
    return world


def test_everybody_is_told_whether_it_runs_and_nothing_else(api, running):
    answer = api.get("/v1/health", by="")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_does_not_run_is_named_with_a_status_that_machines_see(api, world, later):
    later(timedelta(hours=1))
    answer = api.get("/v1/health", by="")
    assert answer.status_code == 503
    assert answer.get_json() == {"status": "failing", "wrong": ["tick", "monitor"]}


def test_a_database_that_is_away_is_named_too(api, world, monkeypatch):
    monkeypatch.setenv("STATE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    bootstrap.services.cache_clear()
    answer = api.get("/v1/health", by="")
    assert (answer.status_code, answer.get_json()["wrong"]) == (503, ["state"])


def test_a_member_sees_the_figures_and_what_is_wrong_with_which_export(api, running):
    found = api.get(HEALTH).get_json()
    assert found["status"] == "attention"
    [trouble] = found["exports"]
    assert trouble["request_id"] == running.waiting.export_id
    assert (trouble["state"], trouble["reason"]) == ("failing", "403-forbidden")
    assert trouble["title"] == "Credentials are incorrect, GCP account is forbidden."
    figures = found["figures"]
    assert (figures["incidents_open"], figures["rows_delivered"]) == (1, ROWS)
    assert (figures["windows_late"], figures["completeness"]) == (0, None)
    assert {part["part"]: part["fine"] for part in found["parts"]} == dict.fromkeys(
        ("state", "migrations", "tick", "monitor"), True
    )
