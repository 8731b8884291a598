"""Connections and imports in sluice.yaml: plan, apply, plan again; every mistake has its line."""

import json
import sys
from dataclasses import replace

import pytest

from functions.local import cli
from functions.local.cli_services import services_with_account
from shared.bootstrap import services
from shared.jobs.import_choices import new_schedule
from shared.jobs.manage_imports import edit_import
from shared.state import connections, imports
from tests.adapters.bigquery_shop import BigQueryShop
from tests.adapters.datasets import folder_with, order
from tests.credentials.keys import key_file
from tests.leaks import found_in

FILE = """
connections:
  Shop:
    dataset: {shop}
    read_only: false
imports:
  Orders:
    connection: Shop
    table: orders
    identity: uid
    updated_on: changed
    created_on: happened
    event_name: Bought
    email: mail
    properties:
      price: float
      How many:
        column: count
        type: integer
    every: 15m
  Buyers:
    connection: Shop
    sql: SELECT uid, mail FROM orders
    kind: profiles
    identity: uid
    email: mail
    monthly: [1, last]
    times: [09:30, 12:30]
    paused: true
"""
EVERYTHING = [("save", "Shop"), ("create", "Orders"), ("create", "Buyers")]


@pytest.fixture(name="folder")
def _folder(tmp_path, home, monkeypatch):
    """An empty folder to work in, with a dataset and a key beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLUICE_NOW", "2026-11-22T12:00:00+00:00")
    folder_with(tmp_path / "shop", [order(n) for n in range(3)])
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "shop.json").write_bytes(key_file())
    services.cache_clear()
    services_with_account(1)
    yield tmp_path
    services.cache_clear()


@pytest.fixture(name="write")
def _write(folder):
    """Writes sluice.yaml, with changes of its text."""

    def write(*changes, text=FILE):
        text = text.format(shop=(folder / "shop").as_uri())
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        (folder / "sluice.yaml").write_text(text)

    return write


@pytest.fixture(name="say")
def _say(folder, monkeypatch, capsys):
    """The command line in this process; gives what it said where it should."""

    def say(*arguments, code=0):
        monkeypatch.setattr(sys, "argv", ["main.py", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        assert not found_in(out + err)
        assert ended.value.code == code, err
        return err if code else out

    return say


@pytest.fixture(name="answer")
def _answer(say):
    """The changes that plan and apply tell, by verb and name."""

    def answer(command):
        found = json.loads(say(command, "sluice.yaml", "--json"))
        return [(change["verb"], change["name"]) for change in found["changes"]]

    return answer


def there():
    """Status of every import by its nickname."""
    names = services().database.run(lambda c: imports.names_of_live(c, 1))
    return {name: str(found(name).status) for name in names}


def found(name):
    return services().database.run(lambda c: imports.find_named(c, 1, name))


def test_apply_does_what_plan_shows_and_a_second_plan_shows_nothing(write, answer):
    write()
    assert answer("plan") == EVERYTHING
    assert there() == {}
    assert answer("apply") == EVERYTHING
    assert there() == {"Orders": "Scheduled", "Buyers": "Paused"}
    assert answer("plan") == answer("apply") == []
    assert [str(at) for at in found("Buyers").spec.schedule.times] == ["09:30:00", "12:30:00"]


def test_an_edit_names_what_changes_and_that_all_rows_are_read_again(write, answer, say):
    write()
    answer("apply")
    write(("price: float", "price: string"), ("    email: mail\n    prop", "    prop"),
          ("every: 15m", "every: 1h"), ("paused: true", "paused: false"))  # fmt: skip
    out = say("plan", "sluice.yaml")
    assert "~ edit import Orders\n" in out
    assert "    email mail -> none\n    property price float -> string\n" in out
    assert "    runs every 15 minutes from 2026-11-22 12:00Z -> every hour from " in out
    assert "    its next run reads all rows again\n" in out
    assert answer("apply") == [("edit", "Orders"), ("resume", "Buyers")]
    assert answer("plan") == []
    assert there() == {"Orders": "Scheduled", "Buyers": "Scheduled"}


def test_what_is_the_same_in_another_order_is_no_change(write, answer):
    write()
    answer("apply")
    made, buyers = found("Orders"), found("Buyers")
    turned = new_schedule(
        buyers.spec.schedule.when, "Europe/Berlin", services().clock(), days=[-1, 1],
        times=["12:30", "09:30"],
    )  # fmt: skip
    mapping = replace(made.spec.mapping, properties=made.spec.mapping.properties[::-1])
    for each, spec in (
        (made, replace(made.spec, mapping=mapping)),
        (buyers, replace(buyers.spec, schedule=turned)),
    ):
        edit_import(services(), 1, each.import_id, spec)
    assert answer("plan") == []


def test_an_import_stops_where_the_file_says_so_and_never_by_being_left_out(write, answer, say):
    write()
    answer("apply")
    write(text="account: 1\n")
    left = json.loads(say("plan", "sluice.yaml", "--json"))
    assert (left["changes"], left["left_connections"]) == ([], ["Shop"])
    assert left["left_imports"] == ["Buyers", "Orders"]
    write(("every: 15m", "every: 15m\n    stopped: true"))
    assert answer("apply") == [("stop", "Orders")]
    assert answer("plan") == []
    write()
    told = say("plan", "sluice.yaml", code=2)
    assert "sluice.yaml, line 8: The import Orders was stopped for good" in told


def test_a_new_key_in_its_file_is_a_rotation_that_is_tried_first(
    folder, write, answer, say, bigquery, monkeypatch
):
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", bigquery.rest_url)
    services.cache_clear()
    shop = BigQueryShop(bigquery.rest_url, [order(1)])
    write(
        ((folder / "shop").as_uri(), f"{shop.place.project}.{shop.place.dataset}"),
        ("read_only: false", "key_file: keys/shop.json"),
    )
    assert answer("apply") == EVERYTHING
    (folder / "keys" / "shop.json").write_bytes(key_file(private_key_id="f" * 40))
    assert answer("apply") == [("rotate", "Shop")]
    assert answer("plan") == []
    (folder / "keys" / "shop.json").write_bytes(key_file(private_key_id="e" * 40))
    shop.client.delete_dataset(shop.place.dataset, delete_contents=True)
    assert "line 4: " in say("apply", "sluice.yaml", code=2)


WRONG = {
    "no identity": ("    identity: uid\n    updated", "    updated", 8, "has no identity"),
    "an unknown key": ("every: 15m", "evry: 15m", 20, "no key 'evry'; did you mean every?"),
    "an unknown type": ("price: float", "price: money", 16, "must be one of string, integer"),
    "no type": ("        type: integer\n", "", 18, "has no type; give one"),
    "a missing column": ("identity: uid\n    up", "identity: who\n    up", 8, "no column 'who'"),
    "a missing table": ("table: orders", "table: oders", 8, "is not there; copy names exactly"),
    "no SELECT": ("SELECT uid, mail FROM orders", "DROP TABLE orders", 22, "with one SELECT"),
    "table and SELECT": ("sql: SELECT", "table: orders\n    sql: SELECT", 22, "either a table"),
    "two schedules": ("every: 15m", "every: 15m\n    at: 2026-12-01T00:00:00Z", 8, "one schedule"),
    "too often": ("every: 15m", "every: 5m", 8, "every 15 minutes or more"),
    "no such day": ("[1, last]", "[1, 32]", 22, "of the month from 1 to 31"),
    "no time": ("[09:30, 12:30]", "[930]", 28, "times must be local times such as 09:30"),
    "a moment without a zone": ("every: 15m", "at: 2026-12-01T00:00:00", 20, "Add a time zone"),
    "an unknown connection": ("connection: Shop\n    sql", "connection: S\n    sql", 22,
         "no connection 'S'"),
    "no dataset": ("    dataset: ", "    dataset: shop\n    impersonate: ", 4, "project"),
    "a missing key": ("read_only: false", "key_file: keys/no.json", 5,
         "The key file cannot be read"),
    "a key itself": ("read_only: false", "key_file: '{\"type\": 1}'", 5,
         "a key never stands in the file"),
    "profiles with a time": ("kind: profiles", "kind: profiles\n    created_on: x", 22, "Profiles"),
}  # fmt: skip


def test_each_mistake_is_one_sentence_with_its_line_and_changes_nothing(write, say):
    for what, (before, after, line, told) in WRONG.items():
        write((before, after))
        sentence = say("apply", "sluice.yaml", code=2)
        assert sentence.startswith(f"Error: sluice.yaml, line {line}: "), (what, sentence)
        assert sentence.count("\n") == sentence.count("sluice.yaml") == 1, sentence
        assert told in sentence, (what, sentence)
    assert services().database.run(lambda c: connections.names(c, 1)) == {}
    assert there() == {}
