"""Connections and imports on the command line, as a new user would try them on a laptop."""

import json
import sys

import pytest

from functions.local import cli
from shared.bootstrap import services
from tests.adapters.datasets import folder_with, order


@pytest.fixture(name="folder")
def _folder(tmp_path, home, monkeypatch):
    """An empty folder to work in, with a dataset of ten rows beside it, one of them bad."""
    monkeypatch.chdir(tmp_path)
    folder_with(tmp_path / "shop", [order(n, uid="null" if n == 4 else f"u{n}") for n in range(10)])
    services.cache_clear()
    yield (tmp_path / "shop").as_uri()
    services.cache_clear()


@pytest.fixture(name="say")
def _say(folder, monkeypatch, capsys):
    """The command line in this process; gives what it said where it should."""

    def say(*arguments, code=0):
        monkeypatch.setattr(sys, "argv", ["main.py", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        assert ended.value.code == code, err
        return err if code == 2 else out

    return say


def test_from_the_first_connection_to_its_end(folder, say):
    def answer(*arguments, code=0):
        return json.loads(say(*arguments, "--json", code=code))

    assert answer("connection", "add", "Shop", folder)["location"] == "local"
    assert answer("connection", "test", "Shop")["works"]
    made = answer("import", "create", "Orders", "Shop", "--table", "orders", "--every", "15m",
                  "--event-name", "Bought", "--map", "email=mail")  # fmt: skip
    assert (made["status"], made["sample"]) == ("Scheduled", {"rows": 10, "rows_rejected": 1})
    assert (made["mapping"]["updated_on"], made["mapping"]["event_name"]) == ("changed", "Bought")
    run = answer("import", "run", "Orders")
    assert (run["status"], run["rows_new"], run["rows_rejected"]) == ("DONE", 9, 1)
    [listed] = answer("import", "list")["imports"]
    assert (listed["health"], listed["connection"]) == (90.0, "Shop")
    assert len(answer("import", "runs", "Orders")["runs"]) == 1
    [line] = say("import", "rejects", str(run["run_id"])).splitlines()
    assert json.loads(line)["reason"] == "identity is a word that stands for none"
    assert answer("import", "pause", "Orders")["status"] == "Paused"
    assert "Orders" in say("connection", "remove", "Shop", code=2)
    assert answer("import", "resume", "Orders")["status"] == "Scheduled"
    assert answer("import", "stop", "Orders")["status"] == "Stopped"
    assert answer("connection", "remove", "Shop")["name"] == "Shop"
    assert answer("connection", "list") == {"connections": []}


def test_people_see_tables(folder, say):
    assert "connection add" in say("connection", "list")
    assert "import create" in say("import", "list")
    say("connection", "add", "Shop", folder)
    assert "Shop" in say("connection", "list")
    assert "Dataset validity" in say("connection", "test", "Shop")
    said = say("import", "create", "Orders", "Shop", "--table", "orders")
    assert "identity is a word that stands for none" in said
    assert "9 new, 1 rejected" in say("import", "run", "Orders")
    assert "90 %" in say("import", "list")
    assert "DONE" in say("import", "runs", "Orders")
    assert "removed" in say("connection", "remove", "Shop", "--stop-imports")


def test_a_dataset_that_is_gone_fails_the_test_and_the_run(tmp_path, folder, say):
    say("connection", "add", "Shop", folder)
    say("import", "create", "Orders", "Shop", "--table", "orders")
    (tmp_path / "shop" / "orders.parquet").unlink()
    (tmp_path / "shop").rmdir()
    say("connection", "test", "Shop", code=1)
    say("import", "run", "Orders", code=1)
    assert "FAILED" in say("import", "runs", "Orders")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["connection", "add", "Shop", "No Project.x"], "no project id"),
        (["connection", "test", "Nothing"], "connection list"),
        (["import", "run", "Nothing"], "import list"),
        (["import", "create", "X", "Shop", "--table", "orders", "--every", "5m"], "15 minutes"),
        (["import", "create", "X", "Shop", "--table", "orders", "--every", "soon"], "15m"),
        (["import", "create", "X", "Shop", "--table", "orders", "--map", "x"], "field=COLUMN"),
        (["import", "create", "X", "Shop", "--table", "orders", "--map", "x=y"], "no field"),
        (["import", "create", "X", "Shop", "--table", "nothing"], "not there"),
        (["import", "create", "X", "Shop", "--sql", "DROP TABLE orders"], "one SELECT"),
        (["import", "create", "X", "Shop"], "Choose either"),
    ],
)
def test_what_cannot_be_is_one_sentence(folder, say, arguments, said):
    if "Shop" in arguments and arguments[1] != "add":
        say("connection", "add", "Shop", folder)
    message = say(*arguments, code=2)
    assert said in message
    assert message.startswith("Error: ")
    assert message.count("\n") == 1
