"""Exports by the API: made, listed, looked at, edited, stopped, run and made again."""

from datetime import timedelta

import pytest

from tests.functions.api.problems import problem

EXPORTS = "/v1/accounts/1/exports"


@pytest.fixture(name="choices")
def _choices(house):
    return {
        "bucket": house.bucket.as_uri(),
        "data_type": "all_events",
        "frequency": "recurring",
        "every_minutes": 240,
        "start_on": house.now.date().isoformat(),
    }


def test_an_export_is_made_and_listed_with_its_choices(api, world, choices):
    made = api.post(EXPORTS, choices | {"format": "csv", "formula_guard": True})
    assert made.status_code == 201
    export = made.get_json()
    assert export.items() >= choices.items()
    assert (export["format"], export["formula_guard"], export["status"]) == (
        "csv",
        True,
        "PENDING",
    )
    assert export["created_by"] == "admin@one.example"
    [newest, *others] = api.get(EXPORTS).get_json()["items"]
    assert newest["request_id"] == export["request_id"]
    assert [each["request_id"] for each in others] == [
        world.waiting.export_id,
        world.delivered.export_id,
    ]


def test_a_page_of_an_export_tells_how_to_find_its_files(api, world):
    export_id = world.delivered.export_id
    shown = api.get(f"{EXPORTS}/{export_id}").get_json()
    assert shown["status"] == "DONE"
    assert shown["prefixes"][0] == f"{export_id}-"
    assert str(export_id) in shown["listing_command"]
    assert shown["last_run"]["rows_written"] == 90
    assert [each["status"] for each in shown["outcomes"]] == ["DONE"]


def test_the_windows_to_come_are_shown(api, world):
    windows = api.get(f"{EXPORTS}/{world.waiting.export_id}").get_json()["windows"]
    assert len(windows) == 3
    assert windows[0]["end_at"] == windows[1]["start_at"]


def test_dates_may_be_given_by_name(api, world, choices):
    once = {"frequency": "one_time", "preset": "last_7_days"}
    body = {key: choices[key] for key in ("bucket", "data_type")} | once
    made = api.post(EXPORTS, body).get_json()
    today = world.house.now.date()
    assert made["end_on"] == today.isoformat()
    assert made["start_on"] == (today - timedelta(days=6)).isoformat()
    refusal = problem(api.post(EXPORTS, body | {"start_on": "2026-11-20"}), 422)
    assert refusal["detail"] == "Give either a preset or dates, not both."


def test_filters_narrow_the_list_down(api, world):
    def ids(**query):
        found = api.get(EXPORTS, query_string=query)
        assert found.status_code == 200, found.get_json()
        return [each["request_id"] for each in found.get_json()["items"]]

    waiting, delivered = world.waiting.export_id, world.delivered.export_id
    assert ids(status=["PENDING", "RUNNING"]) == [waiting]
    assert ids(frequency="one_time") == [delivered]
    assert ids(format="parquet") == []
    assert ids(text=str(delivered)) == [delivered]
    assert ids(partner="bigquery") == []
    assert ids(exported_from=world.house.now.date().isoformat()) == [delivered]


def test_pages_follow_one_another_and_end(api, world):
    first = api.get(EXPORTS, query_string={"page_size": 1}).get_json()
    token = first["next_page_token"]
    second = api.get(EXPORTS, query_string={"page_size": 1, "page_token": token}).get_json()
    ids = [page["items"][0]["request_id"] for page in (first, second)]
    assert ids == [world.waiting.export_id, world.delivered.export_id]
    assert second["next_page_token"] is None


def test_an_edit_changes_what_it_names_and_nothing_else(api, world):
    path = f"{EXPORTS}/{world.waiting.export_id}"
    before = api.get(path).get_json()
    edited = api("PATCH", path, json={"format": "xml", "every_minutes": 360})
    assert edited.status_code == 200
    changed = {name for name, value in edited.get_json().items() if before[name] != value}
    assert changed - {"next_due_at"} == {"format", "every_minutes"}


def test_what_never_changes_is_no_field_of_an_edit(api, world):
    path = f"{EXPORTS}/{world.waiting.export_id}"
    refusal = problem(api("PATCH", path, json={"frequency": "live"}), 422)
    assert refusal["errors"][0]["where"] == "body.frequency"
    assert (
        "profiles"
        in problem(api("PATCH", path, json={"data_type": "all_user_properties"}), 422)["detail"]
    )


def test_stopping_is_told_and_happens_once(api, world):
    path = f"{EXPORTS}/{world.waiting.export_id}:stop"
    stopped = api.post(path)
    assert stopped.get_json() == {
        "request_id": world.waiting.export_id,
        "status": "STOPPED",
        "runs_cancelled": 0,
    }
    assert "STOPPED already" in problem(api.post(path), 422)["detail"]


def test_a_due_window_runs_at_once(api, world, later):
    path = f"{EXPORTS}/{world.waiting.export_id}:run"
    assert problem(api.post(path), 409)["reason"] == "window-not-over"
    later(timedelta(days=2))
    run = api.post(path)
    assert run.status_code == 201
    assert run.get_json()["request_id"] == world.waiting.export_id


def test_an_export_is_made_again_from_its_choices(api, world):
    export_id = world.waiting.export_id
    api.post(f"{EXPORTS}/{export_id}:stop")
    again = api.post(f"{EXPORTS}/{export_id}:createAgain", {"format": "csv"})
    assert again.status_code == 201, again.get_json()
    made = again.get_json()
    assert (made["format"], made["every_minutes"]) == ("csv", 240)
    assert made["request_id"] != export_id


def test_what_an_export_made_again_would_be_is_shown_with_what_to_mind(api, world):
    path = f"{EXPORTS}/{world.waiting.export_id}"
    shown = api.get(f"{path}/again").get_json()
    assert (shown["choices"]["every_minutes"], shown["choices"]["frequency"]) == (240, "recurring")
    assert "stop it first" in shown["notes"][0]
    assert api.post(f"{path}:createAgain").get_json()["notes"] == shown["notes"]


def test_a_new_export_goes_on_from_another_one(api, world, choices, later):
    before = api.post(EXPORTS, choices).get_json()
    later(timedelta(seconds=5))
    body = {name: each for name, each in choices.items() if name != "start_on"}
    body |= {"continues": before["request_id"], "format": "csv"}
    shown = api.post(f"{EXPORTS}:preview", body).get_json()
    made = api.post(EXPORTS, body).get_json()
    assert (made["start_on"], made["format"]) == (choices["start_on"], "csv")
    assert made["notes"] == shown["notes"] != []
    for wrong in (
        {"start_on": choices["start_on"]},
        {"continues": world.delivered.export_id},
        {"continues": 1},
        {"frequency": "live", "every_minutes": 10},
    ):
        assert api.post(EXPORTS, body | wrong).status_code in (404, 422)


def test_an_export_has_a_name_that_the_account_has_once(api, world, choices):
    made = api.post(EXPORTS, choices | {"name": "shop"}).get_json()
    assert made["name"] == "shop"
    problem(api.post(EXPORTS, choices | {"name": "shop"}), 409)
    path = f"{EXPORTS}/{world.delivered.export_id}"
    problem(api.post(f"{path}:rename", {"name": "shop"}), 409)
    assert api.post(f"{path}:rename", {"name": "once"}).get_json()["name"] == "once"
    assert api.get(path).get_json()["name"] == "once"
    assert api.post(f"{path}:rename", {"name": None}).get_json()["name"] is None
    for wrong in ("", " shop", "x" * 101, "a\nb", "a\u2028b"):
        problem(api.post(f"{path}:rename", {"name": wrong}), 422)


def test_a_preview_creates_nothing(api, world, choices):
    before = api.get(EXPORTS).get_json()
    once = {"frequency": "one_time", "start_on": "2026-11-18", "end_on": "2026-11-20"}
    body = {key: choices[key] for key in ("bucket", "data_type")} | once
    shown = api.post(f"{EXPORTS}:preview", body)
    assert shown.status_code == 200, shown.get_json()
    assert api.get(EXPORTS).get_json() == before


def test_an_edit_is_looked_at_before_it_is_made(api, world):
    path = f"{EXPORTS}/{world.waiting.export_id}"
    before = api.get(path).get_json()
    shown = api.post(f"{path}:preview", {"format": "csv", "every_minutes": 360}).get_json()
    assert (shown["spec"]["format"], shown["spec"]["every_minutes"]) == ("csv", 360)
    assert shown["windows"][0]["start_at"] == before["windows"][0]["start_at"]
    assert shown["warnings"] == []
    assert api.get(path).get_json() == before
    problem(api.post(f"{EXPORTS}/{world.delivered.export_id}:preview", {"format": "csv"}), 422)


def test_a_range_that_is_cut_says_so(api, choices):
    body = {"bucket": choices["bucket"], "data_type": "all_events", "frequency": "one_time"}
    shown = api.post(f"{EXPORTS}:preview", body | {"preset": "last_60_days"}).get_json()
    made = api.post(EXPORTS, body | {"preset": "last_60_days"}).get_json()
    assert made["notes"] == shown["notes"]


def test_a_folder_is_refused_for_whoever_is_not_at_the_machine(api, world, choices):
    key = api.post(
        "/v1/accounts/1/api-keys", {"name": "maker", "scopes": ["exports:write"]}
    ).get_json()
    headers = {"Authorization": f"Bearer {key['secret']}"}
    refusal = problem(api.post(EXPORTS, choices, headers=headers), 422)
    assert refusal["detail"].startswith("Name a bucket of Google Cloud")


def test_counts_by_event_and_day_add_up(api, world):
    found = api.get(f"{EXPORTS}/{world.delivered.export_id}/counts").get_json()["items"]
    assert sum(each["rows"] for each in found) == 90
