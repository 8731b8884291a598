"""Connections and imports by the API, as a new user would: connect, test, import, look, delete."""

import json

import pytest

from tests.adapters.datasets import folder_with, order
from tests.credentials.keys import key_file
from tests.functions.api.problems import problem
from tests.leaks import found_in

CONNECTIONS, IMPORTS = "/v1/accounts/1/connections", "/v1/accounts/1/imports"


@pytest.fixture(name="folder")
def _folder(world):
    """A dataset of 30 rows, two of them bad."""
    rows = [order(n, uid="null" if n in (3, 4) else f"u{n}") for n in range(30)]
    return folder_with(world.house.folder / "other", rows).project


@pytest.fixture(name="connected")
def _connected(api, folder):
    made = api.post(CONNECTIONS, {"name": "Other", "project_id": folder})
    assert made.status_code == 201, made.get_json()
    return made.get_json()


def body(connected, mapping=None, **more):
    given = {"nickname": "Buys", "connection_id": connected["connection_id"], "table": "orders"}
    return given | ({} if mapping is None else {"mapping": mapping}) | more


def suggested(api, connected):
    given = {"connection_id": connected["connection_id"], "table": "orders"}
    answer = api.post(f"{IMPORTS}:suggest", given)
    assert answer.status_code == 200, answer.get_json()
    return {name: value for name, value in answer.get_json().items() if value is not None}


def test_from_the_first_connection_to_its_end(api, world, connected):
    assert connected["created_by"] == "admin@one.example"
    assert "CREATE SCHEMA" in connected["helper_sql"]["create"]
    path = f"{CONNECTIONS}/{connected['connection_id']}"
    assert api.get(f"{path}/tables").get_json() == {"items": ["orders"]}
    tested = api.post(f"{path}:test").get_json()
    assert (tested["works"], [each["part"] for each in tested["results"]]) == (
        True, ["project", "dataset", "permissions"],
    )  # fmt: skip
    source = {"connection_id": connected["connection_id"], "table": "orders"}
    preview = api.post(f"{IMPORTS}:preview", source).get_json()
    assert len(preview["rows"]) == 20
    assert preview["columns"][0]["name"] == "uid"
    mapping = suggested(api, connected)
    assert (mapping["identity"], mapping["kind"]) == ("uid", "events")
    tried = api.post(f"{IMPORTS}:dry-run", source | {"mapping": mapping}).get_json()
    assert (tried["rows"], tried["rows_rejected"]) == (30, 2)
    [identity] = [each for each in tried["fields"] if each["field"] == "identity"]
    assert identity["rows_rejected"] == 2
    made = api.post(IMPORTS, body(connected, mapping))
    assert made.status_code == 201, made.get_json()
    assert (made.get_json()["status"], made.get_json()["health"]["colour"]) == ("Ready", "none")
    here = f"{IMPORTS}/{made.get_json()['import_id']}"
    run = api.post(f"{here}:run").get_json()
    assert run["status"] == "PENDING"
    assert api.get(here).get_json()["status"] == "Running"


def test_a_run_shows_what_it_did_and_its_rejects(api, world):
    run = api.get(world.path("/accounts/<id:account_id>/import-runs/<id:import_run_id>"))
    found = run.get_json()
    assert (found["rows_read"], found["rows_rejected"], found["rows_new"]) == (2, 1, 1)
    rejects = api.get(f"/v1/accounts/1/import-runs/{world.import_run_id}/rejects").get_json()
    assert rejects["rows_rejected"] == 1
    assert rejects["items"][0]["reason"] == "identity is a word that stands for none"
    assert rejects["items"][0]["values"]["uid"] == "null"
    [listed] = api.get(f"{IMPORTS}/{world.import_id}/runs").get_json()["items"]
    assert listed == found
    [shown] = api.get(IMPORTS).get_json()["items"]
    assert (shown["health"]["percent"], shown["health"]["colour"]) == (50.0, "yellow")


def test_a_connection_in_use_is_not_deleted_until_its_imports_are_stopped(api, world):
    path = f"{CONNECTIONS}/{world.connection_id}"
    refusal = problem(api("DELETE", path), 409)
    assert "Orders" in refusal["detail"]
    api.post(f"{IMPORTS}/{world.import_id}:pause")
    problem(api("DELETE", path), 409)
    assert api.post(f"{path}:stop-imports").status_code == 200
    assert api.get(f"{IMPORTS}/{world.import_id}").get_json()["status"] == "Stopped"
    assert api("DELETE", path).status_code == 204
    problem(api.get(path), 404)
    assert api.get(f"{IMPORTS}/{world.import_id}").get_json()["connection"] is None


def test_a_draft_is_finished_later(api, connected):
    made = api.post(IMPORTS, body(connected, draft=True)).get_json()
    assert made["status"] == "Draft"
    here = f"{IMPORTS}/{made['import_id']}"
    problem(api.post(f"{here}:run"), 409)
    problem(api.post(f"{here}:start"), 422)
    mapping = suggested(api, connected)
    schedule = {"when": "weekly", "days": [0, 4], "times": ["09:30"]}
    edited = api("PUT", here, json=body(connected, mapping, schedule=schedule))
    assert edited.get_json()["status"] == "Draft"
    started = api.post(f"{here}:start").get_json()
    assert started["status"] == "Scheduled"
    assert started["next_run_at"] == "2026-11-23T09:30:00Z"
    assert api.post(f"{here}:pause").get_json()["next_run_at"] is None
    assert api.post(f"{here}:resume").get_json()["status"] == "Scheduled"
    assert api.post(f"{here}:stop").get_json()["status"] == "Stopped"
    problem(api.post(f"{here}:resume"), 409)


def test_connections_are_found_by_day_and_member(api, world, connected):
    def names(query):
        return [each["name"] for each in api.get(f"{CONNECTIONS}?{query}").get_json()["items"]]

    assert names("") == ["Other", "Shop"]
    assert names("connected_from=2026-11-20&connected_to=2026-11-20") == ["Other", "Shop"]
    assert names("connected_to=2026-11-19") == []
    assert names("connected_by=admin@one.example") == ["Other"]
    assert names("connected_from=0001-01-01&connected_to=9999-12-31") == ["Other", "Shop"]


def test_no_error_repeats_a_key_and_nothing_is_kept(api, world):
    key = key_file().decode()
    broken = json.dumps(json.loads(key) | {"token_uri": "https://example.com"})
    for given in (
        {
            "name": "X",
            "project_id": "my-project-1",
            "dataset_id": "d",
            "service_account_key": broken,
        },
        {"name": "X", "project_id": key, "dataset_id": "d"},
        {"name": key, "project_id": "my-project-1", "dataset_id": "d"},
        {"name": "X", "project_id": "my-project-1", "dataset_id": "d", "impersonate": key},
    ):
        answer = api.post(CONNECTIONS, given)
        problem(answer, 422)
        assert not found_in(answer.get_data(as_text=True))
    assert len(api.get(CONNECTIONS).get_json()["items"]) == 1


def test_a_dataset_that_does_not_open_is_told_part_by_part(api, world):
    given = {"name": "X", "project_id": (world.house.folder / "none").as_uri()}
    refusal = problem(api.post(CONNECTIONS, given), 422)
    assert [each["where"] for each in refusal["errors"]] == ["project", "dataset", "permissions"]
    tested = api.post(f"{CONNECTIONS}:test", {"project_id": given["project_id"]}).get_json()
    assert (tested["works"], tested["results"][0]["outcome"]) == (False, "failed")
    assert tested["results"][0]["advice"]
    assert tested["results"][1]["outcome"] == "not_tried"


def test_imports_that_are_switched_off_are_not_made(api, world, connected):
    api("PATCH", "/v1/accounts/1", json={"flags": {"bigquery_import": False}})
    mapping = suggested(api, connected)
    assert problem(api.post(IMPORTS, body(connected, mapping)), 403)["reason"] == "feature-off"


def test_what_is_no_select_is_refused_before_an_import_is_made(api, connected):
    given = {"connection_id": connected["connection_id"], "sql": "DELETE FROM orders"}
    assert problem(api.post(f"{IMPORTS}:preview", given), 422)["reason"] == "import-no-select"
    mapping = suggested(api, connected)
    wrong = body(connected, mapping | {"identity": "nobody"})
    assert problem(api.post(IMPORTS, wrong), 422)["reason"] == "import-column-missing"
