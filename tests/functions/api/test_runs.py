"""Runs and files by the API: looked at, retried, replayed."""

import json

from shared.domain.members import SYSTEM
from shared.jobs.replay import replay_run
from shared.state import recounts
from tests.functions.api.problems import problem


def test_a_run_is_shown_with_its_files(api, world):
    run = api.get(f"/v1/accounts/1/runs/{world.run_id}").get_json()
    assert (run["status"], run["rows_written"], run["progress"]["share"]) == ("DONE", 90, 1.0)
    assert run["manifest_name"].startswith("_manifests/")
    files = api.get(f"/v1/accounts/1/runs/{world.run_id}/files").get_json()["items"]
    assert sum(file["rows"] for file in files) == 90
    assert {file["name"] for file in files} <= {
        path.name for path in world.house.bucket.iterdir() if path.is_file()
    }


def test_the_manifest_is_the_one_in_the_bucket(api, world):
    run = api.get(f"/v1/accounts/1/runs/{world.run_id}").get_json()
    shown = api.get(f"/v1/accounts/1/runs/{world.run_id}/manifest").get_json()
    assert shown == json.loads((world.house.bucket / run["manifest_name"]).read_bytes())
    waiting = api.post(f"/v1/accounts/1/runs/{world.run_id}:replay").get_json()["run_id"]
    problem(api.get(f"/v1/accounts/1/runs/{waiting}/manifest"), 404)


def test_the_runs_of_an_export_are_listed(api, world):
    path = f"/v1/accounts/1/exports/{world.delivered.export_id}/runs"
    assert [run["run_id"] for run in api.get(path).get_json()["items"]] == [world.run_id]


def test_files_come_page_by_page_and_each_once(api, world):
    path = f"/v1/accounts/1/runs/{world.run_id}/files"
    whole = [file["name"] for file in api.get(path).get_json()["items"]]
    seen, token = [], None
    while token is not None or not seen:
        query = {"page_size": 2} | ({} if token is None else {"page_token": token})
        page = api.get(path, query_string=query).get_json()
        seen += [file["name"] for file in page["items"]]
        token = page["next_page_token"]
    assert seen == whole
    assert len(seen) > 2


def test_a_delivered_window_is_replayed_under_a_new_stamp(api, world):
    made = api.post(f"/v1/accounts/1/runs/{world.run_id}:replay")
    assert made.status_code == 201, made.get_json()
    replay = made.get_json()
    assert replay["kind"] == "replay"
    first = api.get(f"/v1/accounts/1/runs/{world.run_id}").get_json()
    assert (replay["replaces_stamp"], replay["window"]) == (first["stamp"], first["window"])


def test_a_replay_tells_its_difference_once_it_is_delivered(api, world):
    path = f"/v1/accounts/1/runs/{world.run_id}"
    told = api.get(f"{path}/difference").get_json()
    assert told == {"state": "no_replay", "comparison": None}
    made = replay_run(world.house.services, SYSTEM, 1, world.run_id)
    difference = f"/v1/accounts/1/runs/{made.run_id}/difference"
    assert api.get(difference).get_json()["state"] == "waiting"
    world.house.finish()
    found = api.get(difference).get_json()
    assert found["state"] == "compared"
    assert (found["comparison"]["level"], found["comparison"]["rows_added"]) == ("rows", 0)
    assert found["comparison"]["files_differ"] == 0


def test_the_recounts_of_an_export_tell_how_complete_it_is(api, world):
    path = f"/v1/accounts/1/exports/{world.delivered.export_id}/recounts"
    assert api.get(path).get_json() == {"completeness": None, "days": []}
    house, export_id = world.house, world.delivered.export_id
    day = house.now.date()
    house.services.database.run(lambda c: recounts.expect(c, 1, export_id, day, house.now))
    claimed = house.services.database.run(
        lambda c: recounts.claim_next(c, house.now, lease=house.limits.lease)
    )
    counts = {"rows_counted": 4, "rows_missed": 1, "rows_delivered": 3, "windows": 6}
    done = {"due_at": None, "recounted_at": house.now, "outcome": "supplemented"} | counts
    house.services.database.run(lambda c: recounts.settle(c, claimed, **done))
    found = api.get(path).get_json()
    assert found["completeness"] == 0.75
    [shown] = found["days"]
    assert shown["outcome"] == "supplemented"
    assert {name: shown[name] for name in counts} == counts


def test_only_a_failed_run_is_retried(api, world):
    refusal = problem(api.post(f"/v1/accounts/1/runs/{world.run_id}:retry"), 409)
    assert "only one that FAILED" in refusal["detail"]
