"""Windows run by hand, a look ahead, an export made again, and who may do what."""

import json
import re

from tests.leaks import watch
from tests.local.commands import answer, refused, run, run_process
from tests.local.test_cli import LOAD, _folder  # noqa: F401 - the fixture `folder`

DATES = ["--from", "2026-11-20", "--to", "2026-11-21"]


def recurring(folder):
    run(*LOAD)
    bucket = ["--bucket", (folder / "out").as_uri()]
    made = answer("recurring", *bucket, "--every", "24h", "--start", "2026-11-20")
    return str(made["request_id"])


def test_a_window_runs_when_it_is_asked_for_and_again_under_another_stamp(folder):
    request_id = recurring(folder)
    first = answer("run-now", request_id)
    assert first["rows"] == 2
    again = answer("replay", request_id, str(first["run_stamp"]))
    assert (again["rows"], again["run_stamp"] > first["run_stamp"]) == (2, True)
    assert len(list((folder / "out").glob("*.json"))) == 3
    found = answer("difference", request_id, str(again["run_stamp"]))
    assert found["state"] == "compared"
    assert found["comparison"]["rows_after"] == 2
    told, _ = run("difference", request_id, str(again["run_stamp"]))
    assert "0 rows added, 0 missing, 0 changed; 1 file is the same and 0 differ." in told
    told, _ = run("difference", request_id, str(first["run_stamp"]))
    assert "is no replay" in told
    kit = answer("reader-kit", request_id, "--tool", "bigquery")
    assert str(again["run_stamp"]) in kit["snippets"][0]["text"]
    assert str(first["run_stamp"]) not in kit["snippets"][0]["text"]


def test_what_cannot_run_is_refused_with_the_reason(folder):
    request_id = recurring(folder)
    done = answer("run-now", request_id)
    told = refused("retry", request_id, str(done["run_stamp"]))
    assert "did not fail" in told or "DONE" in told
    assert "has no run 5" in refused("replay", request_id, "5")
    assert "has no export 5" in refused("run-now", "5")


def test_a_preview_shows_rows_names_and_windows_and_makes_nothing(folder):
    run(*LOAD)
    bucket = (folder / "out").as_uri()
    found = answer("preview", "--bucket", bucket, *DATES)
    assert (found["rows"], found["files"]) == (3, 2)
    assert found["shown"]["text"].startswith("Order placed\n{")
    out, _ = run("preview", "--bucket", bucket, *DATES, "--format", "parquet")
    assert "profile.identity" in out or "eventName" in out
    out, _ = run("preview", "--bucket", bucket, "--every", "24h", "--start", "2026-11-20")
    assert out.count("Window: ") == 3
    assert answer("exports")["exports"] == []
    assert list((folder / "out").iterdir()) == []


def test_an_export_made_again_goes_on_where_the_other_one_came_to(folder):
    request_id = recurring(folder)
    answer("tick")
    answer("stop", request_id)
    shown = answer("create-again", request_id)
    assert shown["request_id"] is None
    assert shown["choices"]["continue_from"].startswith("2026-11-22 00:00")
    made = answer("create-again", request_id, "--make")
    [newest, _] = answer("exports")["exports"]
    assert newest["request_id"] == made["request_id"]
    assert answer("tick")["runs_recorded"] == 0


def test_snippets_for_one_tool_can_be_piped_and_all_come_with_notes(folder):
    run(*LOAD)
    done = answer("export", "--bucket", (folder / "out").as_uri(), *DATES)
    request_id = str(done["request_id"])
    out, _ = run("reader-kit", request_id, "--tool", "duckdb")
    assert out.startswith("-- DuckDB\nCREATE OR REPLACE TEMP TABLE delivered")
    out, _ = run("reader-kit", request_id)
    assert "* Line 1 of each JSON file is the bare name of its event." in out
    out, _ = run("reader-kit", request_id, "--tool", "bigquery", "--event", "Order sent")
    assert "Order_placed" not in out


def test_members_come_change_and_go_and_the_log_tells_it(folder):
    answer("members", "put", "ada@example.com", "admin")
    answer("members", "put", "lin@example.com", "viewer")
    answer("members", "put", "lin@example.com", "editor")
    found = answer("members", "list")["members"]
    assert {each["email"]: each["role"] for each in found} == {
        "ada@example.com": "admin",
        "lin@example.com": "editor",
    }
    answer("members", "remove", "lin@example.com")
    assert "admin" in refused("members", "remove", "ada@example.com")
    entries = answer("audit", "--actor", "command-line", "--page-size", "2")
    assert [each["action"] for each in entries["entries"]] == ["members.remove", "members.put"]
    rest = answer(
        "audit", "--actor", "command-line", "--page-size", "2",
        "--page-token", entries["next_page_token"],
    )  # fmt: skip
    assert [each["target"] for each in rest["entries"]] == ["lin@example.com", "ada@example.com"]


def test_a_key_is_shown_once_and_never_again(folder):
    answer("members", "put", "ada@example.com", "admin")
    # In a process of its own: nothing of this one may print it.
    out, _ = run_process("api-keys", "create", "nightly", "--scope", "exports:read", "--json")
    made = json.loads(out)
    assert re.fullmatch(r"sluice_[A-Za-z0-9]{12}_[A-Za-z0-9]{43}", made["secret"])
    watch(made["secret"])
    [key] = answer("api-keys", "list")["api_keys"]
    assert (key["key_id"], key["scopes"]) == (made["key_id"], ["exports:read"])
    out, _ = run("api-keys", "revoke", made["key_id"])
    assert out == f"The key nightly ({made['key_id']}) is revoked.\n"
    told = refused("api-keys", "create", "x", "--scope", "all")
    assert "exports:read" in told


def test_exports_are_listed_by_filters_and_page_by_page(folder):
    request_id = recurring(folder)
    done = answer("export", "--bucket", (folder / "out").as_uri(), *DATES)
    named = answer("rename", request_id, "shop-daily")
    assert named == {"request_id": int(request_id), "name": "shop-daily"}
    [waiting] = answer("exports", "--status", "PENDING")["exports"]
    assert (str(waiting["request_id"]), waiting["name"]) == (request_id, "shop-daily")
    newest = answer("exports", "--page-size", "1")
    assert [each["request_id"] for each in newest["exports"]] == [done["request_id"]]
    rest = answer("exports", "--page-size", "1", "--page-token", newest["next_page_token"])
    assert [str(each["request_id"]) for each in rest["exports"]] == [request_id]
    assert rest["next_page_token"] is None
    assert "--page-token" in run("exports", "--page-size", "1")[0]
    assert "like that" in run("exports", "--frequency", "live")[0]


def test_names_of_events_are_listed(folder):
    assert "load some" in run("event-names")[0]
    run(*LOAD)
    found = answer("event-names", "Order")
    assert found == {"events": ["Order placed", "Order sent"], "complete": True}
    assert "Order placed" in run("event-names")[0].splitlines()
