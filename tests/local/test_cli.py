"""The command line as a person meets it: one sentence for a wrong input, one object for --json."""

import json
from pathlib import Path

import pytest
from typer.main import get_command

from functions.local import cli
from shared.bootstrap import services
from tests.local.commands import answer, refused, run, run_process

ROWS = """type,happened,arrived,user,price
Order placed,2026-11-20T09:15:00Z,2026-11-20T09:15:02Z,ada@example.com,19.90
Order placed,2026-11-20T21:40:10Z,2026-11-20T21:40:12Z,lin@example.com,5
Order sent,2026-11-21T08:00:00Z,2026-11-21T08:00:01Z,ada@example.com,
,2026-11-21T08:05:00Z,2026-11-21T08:05:01Z,eve@example.com,1
"""
LOAD = ["load", "events", "orders.csv", "--map", "event_name=type", "--map", "ts=happened"]
LOAD += ["--map", "identity=user", "--arrived", "arrived"]
NOW = "2026-11-22T12:00:00+00:00"


@pytest.fixture(name="folder")
def _folder(tmp_path, monkeypatch):
    """An empty folder to work in, at a fixed time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLUICE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SLUICE_NOW", NOW)
    (tmp_path / "orders.csv").write_text(ROWS)
    (tmp_path / "out").mkdir()
    services.cache_clear()
    yield tmp_path
    services.cache_clear()


def test_sample_loads_what_a_first_export_needs(folder):
    out, _ = run("sample")
    assert "60,000 events loaded" in out
    assert "4,000 profiles loaded" in out
    assert "Charged" in run("event-names")[0]


def test_a_file_is_loaded_exported_and_verified(folder):
    """Each command in a process of its own, as a person meets it."""

    def answer(*arguments):
        return json.loads(run_process(*arguments, "--json")[0])

    loaded = answer(*LOAD)
    assert (loaded["rows_read"], loaded["rows_loaded"], loaded["rows_rejected"]) == (4, 3, 1)
    assert answer(*LOAD)["rows_already_there"] == 3
    dates = ["--from", "2026-11-20", "--to", "2026-11-21"]
    done = answer("export", "--bucket", (folder / "out").as_uri(), *dates)
    assert set(done) >= {"request_id", "run_stamp", "manifest", "files", "rows", "bytes", "seconds"}
    assert done["rows"] == 3
    lines = [line for name in done["files"] for line in Path(name).read_text().splitlines()]
    objects = [json.loads(line) for line in lines if line.startswith("{")]
    assert sorted(each.get("eventProps", {}).get("price", "") for each in objects) == [
        "",
        "19.90",
        "5",
    ]
    assert answer("verify", (folder / "out").as_uri())["ok"] is True
    assert answer("exports")["exports"][0]["status"] == "DONE"


def test_a_damaged_file_is_told_with_exit_code_1(folder):
    run(*LOAD)
    done = answer("export", "--bucket", (folder / "out").as_uri(), "--from", "2026-11-20")
    file = Path(done["files"][0])
    file.write_bytes(file.read_bytes()[:-2])
    out, _ = run("verify", "out", code=1)
    assert file.name in out


def test_windows_run_with_each_tick_and_end_with_a_stop(folder):
    run(*LOAD)
    bucket = ["--bucket", (folder / "out").as_uri()]
    made = answer("recurring", *bucket, "--every", "24h", "--start", "2026-11-20")
    request_id = str(made["request_id"])
    tick = answer("tick")
    assert (tick["runs_recorded"], tick["given_up"]) == (2, 0)
    assert answer("tick")["runs_recorded"] == 0
    runs = answer("runs", request_id)["runs"]
    assert [(each["status"], each["rows_written"]) for each in runs] == [("DONE", 2), ("DONE", 1)]
    answer("edit", request_id, "--every", "12h", "--format", "csv")
    assert answer("tick", "--now", "2026-11-23T12:30:00Z")["runs_recorded"] == 3
    assert len(list((folder / "out").glob("*.csv"))) == 0
    assert len(list((folder / "out" / "_manifests").iterdir())) == 5
    assert answer("stop", request_id)["status"] == "STOPPED"
    assert answer("tick", "--now", "2026-11-29T12:30:00Z")["runs_recorded"] == 0
    out, _ = run("runs", request_id)
    assert "DONE" in out


def test_an_empty_system_says_what_to_do_next(folder):
    assert "make one with" in run("exports")[0]


EXPORT = ["export", "--bucket", "file:///nowhere-at-all"]
HERE = ["export", "--bucket", "BUCKET"]
WRONG = {
    "unknown zone": ["account", "--zone", "Mars/Base"],
    "unknown identifier": ["account", "--identities", "email,shoe size"],
    "database id that no name can hold": ["account", "--database-id", "a/b"],
    "missing folder": [*EXPORT, "--from", "2026-11-20", "--to", "2026-11-21"],
    "no folder at all": ["export", "--bucket", "gs://b", "--from", "2026-11-20"],
    "dates older than 60 days": [*HERE, "--from", "2026-01-20", "--to", "2026-11-21"],
    "dates the wrong way round": [*HERE, "--from", "2026-11-21", "--to", "2026-11-20"],
    "dates to come": [*HERE, "--from", "2026-11-21", "--to", "2027-11-20"],
    "no date": [*HERE, "--from", "yesterday", "--to", "2026-11-20"],
    "no dates": HERE,
    "unknown event": [
        *HERE, "--from", "2026-11-20", "--data-type", "select_events", "--event", "Order lost",
    ],
    "no event": [*HERE, "--from", "2026-11-20", "--data-type", "select_events"],
    "codec of another format": [*HERE, "--from", "2026-11-20", "--compression", "snappy"],
    "bad prefix": [*HERE, "--from", "2026-11-20", "--prefix", "../{event_name}/"],
    "unknown account": [*HERE, "--from", "2026-11-20", "--account", "77"],
    "3 hours": ["recurring", "--bucket", "BUCKET", "--every", "3h", "--start", "2026-11-20"],
    "25 hours": ["recurring", "--bucket", "BUCKET", "--every", "25h", "--start", "2026-11-20"],
    "4 minutes": ["recurring", "--bucket", "BUCKET", "--every", "4m", "--start", "2026-11-20"],
    "no interval": ["recurring", "--bucket", "BUCKET", "--every", "often", "--start", "2026-11-20"],
    "a start too far back": [
        "recurring", "--bucket", "BUCKET", "--every", "4h", "--start", "2026-08-20",
    ],
    "unknown export to stop": ["stop", "123"],
    "unknown export to edit": ["edit", "123", "--every", "4h"],
    "unknown export to list": ["runs", "123"],
    "a time without zone": ["tick", "--now", "2026-11-22T12:00:00"],
    "missing file": ["load", "events", "nothing.csv"],
    "neither events nor profiles": ["load", "orders", "orders.csv"],
    "unknown ending": ["load", "events", "orders.txt"],
    "unknown source column": [*LOAD[:3], "--map", "event_name=nope", "--map", "ts=happened"],
    "a map without a source": [*LOAD[:3], "--map", "event_name"],
    "a column mapped twice": [*LOAD, "--map", "ts=arrived"],
    "nothing to verify": ["verify", "out"],
    "a folder that is not there": ["verify", "nowhere"],
}  # fmt: skip


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_input_is_one_sentence_and_leaves_nothing(folder, arguments):
    bucket = (folder / "out").as_uri()
    refused(*[bucket if each == "BUCKET" else each for each in arguments])
    assert list((folder / "out").iterdir()) == []
    assert answer("exports") == {"exports": [], "next_page_token": None}


def test_every_command_has_help_with_an_example():
    commands = dict(get_command(cli.app).commands)
    groups = ("bucket", "connection", "import", "members", "api-keys", "notices", "webhooks")
    for group in groups:
        inner = commands.pop(group).commands
        commands |= {f"{group} {name}": command for name, command in inner.items()}
    assert len(commands) == 66
    for name, command in commands.items():
        assert (command.epilog or "").startswith(f"Example: python main.py {name}"), name
        assert command.help, name


@pytest.mark.parametrize("command", [["tick"], ["export", "--bucket", "file:///tmp/x"]])
def test_a_queue_of_the_cloud_is_not_worked_off_here(folder, monkeypatch, command):
    monkeypatch.setenv("QUEUE_URL", "pubsub://a-project")
    assert "QUEUE_URL" in refused(*command)
    assert answer("exports")["exports"] == []
