"""Incidents and the health of exports over the REST API."""

from shared.state import incidents
from shared.state.incidents import Failure
from tests.warehouse_rows import HOUR

INCIDENTS = "/v1/accounts/1/incidents"


def fail(world, export):
    """As the monitor notes it."""
    house = world.house
    failure = Failure(
        1, export.export_id, export.spec.bucket, "403-forbidden", "No.", house.now - HOUR
    )
    house.services.database.run(lambda c: incidents.open_or_continue(c, failure, house.now))


def test_an_incident_says_since_when_why_and_how_to_mend_it(api, world):
    fail(world, world.waiting)
    newest = api.get(INCIDENTS).get_json()["items"][0]
    assert newest["request_id"] == world.waiting.export_id
    assert newest["reason"] == "403-forbidden"
    assert newest["title"] == "Credentials are incorrect, GCP account is forbidden."
    assert newest["fix"][0] == "Recheck all steps of the guide."
    assert (newest["closed_at"], newest["ending"]) == (None, None)
    of_export = api.get(f"{INCIDENTS}?export_id={world.waiting.export_id}").get_json()
    assert newest in of_export["items"]
    other = api.get(f"{INCIDENTS}?export_id={world.delivered.export_id}").get_json()
    assert newest not in other["items"]


def test_incidents_come_page_by_page(api, world):
    fail(world, world.waiting)
    fail(world, world.delivered)
    every = api.get(INCIDENTS).get_json()["items"]
    first = api.get(f"{INCIDENTS}?page_size=1").get_json()
    token = first["next_page_token"]
    second = api.get(f"{INCIDENTS}?page_size=1&page_token={token}").get_json()
    assert first["items"] + second["items"] == every[:2]


def test_an_export_with_an_incident_is_failing_and_an_ended_one_is_nothing(api, world):
    path = f"/v1/accounts/1/exports/{world.waiting.export_id}"
    fail(world, world.waiting)
    health = api.get(path).get_json()["health"]
    assert (health["state"], health["reason"]) == ("failing", "403-forbidden")
    assert health["title"] == "Credentials are incorrect, GCP account is forbidden."
    assert health["since"] is not None
    ended = api.get(f"/v1/accounts/1/exports/{world.delivered.export_id}").get_json()
    assert ended["health"] is None
