"""sluice.yaml as a person meets it: plan, apply, plan again; every mistake has its line."""

import pytest

from shared.domain.exports import ExportStatus
from shared.jobs.manage_exports import stop_export
from shared.state import buckets, exports
from tests.credentials.keys import key_file
from tests.local.commands import answer, refused, run
from tests.local.test_cli import LOAD, _folder  # noqa: F401 - the fixture `folder`

pytestmark = pytest.mark.long

FILE = """
account: 1
buckets:
  out:
    url: {out}
exports:
  orders daily:
    bucket: out
    every: 24h
    start: 2026-11-20
    format: csv
    formula_guard: yes
    events: [Order placed]
    data_type: select_events
  everything:
    bucket: {out}
    start: 2026-11-20
    end: 2026-11-21
    prefix: once/
"""


@pytest.fixture(name="write")
def _write(folder):
    """Writes sluice.yaml, with changes of its text."""

    def write(*changes, text=FILE):
        text = text.format(out=(folder / "out").as_uri())
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        (folder / "sluice.yaml").write_text(text)

    return write


def verbs(found):
    return [(change["verb"], change["name"]) for change in found["changes"]]


def there():
    """Name, status and format of every export."""
    from shared.bootstrap import services

    services.cache_clear()
    found = services().database.run(lambda c: exports.list_all(c, 1))
    return {export.name: (export.status, str(export.spec.format)) for export in found}


def test_apply_does_what_plan_shows_and_a_second_plan_shows_nothing(folder, write):
    run(*LOAD)
    write()
    wanted = [("save", "out"), ("create", "orders daily"), ("create", "everything")]
    assert verbs(answer("plan", "sluice.yaml")) == wanted
    assert there() == {}
    assert verbs(answer("apply", "sluice.yaml")) == wanted
    assert answer("plan", "sluice.yaml")["changes"] == []
    assert run("apply", "sluice.yaml")[0] == "Nothing to change.\n"
    answer("tick", "--now", "2026-11-22T12:30:00Z")
    assert answer("plan", "sluice.yaml")["changes"] == []
    assert there()["everything"] == (ExportStatus.DONE, "json")
    assert list((folder / "out" / "once").iterdir())


def test_what_is_left_out_falls_back_to_its_default(write):
    run(*LOAD)
    write()
    answer("apply", "sluice.yaml")
    write(("    format: csv\n    formula_guard: yes\n", ""), ("24h", "6h"))
    [change] = answer("plan", "sluice.yaml")["changes"]
    assert (change["verb"], change["name"]) == ("edit", "orders daily")
    assert set(change["details"]) == {
        "format csv -> json",
        "formula_guard true -> false",
        "every 24h -> 6h",
    }
    out, _ = run("apply", "sluice.yaml")
    assert out.startswith("~ edit export orders daily (")
    assert out.endswith("1 change made.\n")
    assert answer("plan", "sluice.yaml")["changes"] == []
    assert there()["orders daily"] == (ExportStatus.PENDING, "json")


def test_an_export_stops_where_the_file_says_so_and_never_by_being_left_out(write):
    run(*LOAD)
    write()
    answer("apply", "sluice.yaml")
    write(text="account: 1\n")
    left = answer("plan", "sluice.yaml")
    assert (left["changes"], left["left_buckets"]) == ([], ["out"])
    assert left["left_exports"] == ["everything", "orders daily"]
    write(("every: 24h", "every: 24h\n    stopped: true"))
    assert verbs(answer("apply", "sluice.yaml")) == [("stop", "orders daily")]
    assert answer("plan", "sluice.yaml")["changes"] == []


def test_an_export_that_was_stopped_by_hand_does_not_come_back(write):
    from shared.bootstrap import services

    run(*LOAD)
    write()
    made = answer("apply", "sluice.yaml")
    stop_export(services(), 1, made["changes"][1]["request_id"])
    told = refused("plan", "sluice.yaml")
    assert "sluice.yaml, line 8: The export orders daily" in told
    assert "was stopped for good" in told


def test_credentials_come_from_files_beside_it_and_a_new_key_is_a_rotation(
    folder, write, cloud_bucket
):
    text = f"buckets:\n  partner:\n    url: gs://{cloud_bucket}\n    key_file: keys/a.json\n"
    (folder / "keys").mkdir()
    (folder / "keys" / "a.json").write_bytes(key_file())
    write(text=text)
    assert verbs(answer("apply", "sluice.yaml")) == [("save", "partner")]
    assert answer("plan", "sluice.yaml")["changes"] == []
    (folder / "keys" / "a.json").write_bytes(key_file(private_key_id="f" * 40))
    assert verbs(answer("apply", "sluice.yaml")) == [("rotate", "partner")]
    assert answer("plan", "sluice.yaml")["changes"] == []


WRONG = {
    "no key": ("every: 24h", "evry: 24h", 9, "no key 'evry'; did you mean every?"),
    "a key twice": ("every: 24h", "every: 24h\n    every: 6h", 10, "'every' stands twice"),
    "an export twice": ("  everything:", "  orders daily:", 15, "'orders daily' stands twice"),
    "a number for text": ("events: [Order placed]", "events: [12]", 13, "events must be text"),
    "text for a list": ("events: [Order placed]", "events: Order placed", 13, "must be a list"),
    "text for a date": ("start: 2026-11-20\n    format", "start: soon\n    format", 10, "a date"),
    "text for yes": ("formula_guard: yes", "formula_guard: 'yes'", 12, "must be true or false"),
    "an unknown format": ("format: csv", "format: xls", 11, "must be one of json, csv"),
    "an unknown interval": ("every: 24h", "every: daily", 9, "'daily' is no interval"),
    "25 hours": ("every: 24h", "every: 25h", 8, "every 4 to 24 whole hours"),
    "no bucket": ("    bucket: out\n", "", 8, "has no bucket; give one"),
    "an unknown bucket": ("bucket: out", "bucket: in", 8, "There is no bucket 'in'"),
    "an unknown event": ("Order placed", "Order lost", 8, "No event named 'Order lost'"),
    "no mapping": ("  out:\n", "  out: 1\n  in:\n", 4, "must be keys with values"),
    "a merge": ("account: 1", "account: 1\n<<: {a: 1}", 3, "must be plain text"),
    "no YAML": ("account: 1", "account: [1", 3, "no legal YAML"),
    "a tag that makes objects": ("24h", "!!python/object:os.system 'x'", 9, "must be text"),
    "a key itself": (
        "  out:\n", '  in:\n    url: gs://in\n    key_file: \'{"type": 1}\'\n  out:\n',
        6, "a key never stands in the file",
    ),
    "a missing key file": (
        "  out:\n", "  in:\n    url: gs://in\n    key_file: no.json\n  out:\n",
        6, "The key file cannot be read",
    ),
    "two nicknames": (
        "exports:", "  in:\n    url: BUCKET\nexports:", 5, "has the nickname in; give it one only",
    ),
    "an account as text": ("account: 1", "account: one", 2, "account must be a whole number"),
    "a guard for json": ("format: csv", "format: json", 8, "The formula guard is for CSV files"),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after", "line", "told"), WRONG.values(), ids=WRONG.keys())
@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_mistake_is_one_sentence_with_its_line_and_changes_nothing(
    folder, write, capsys, command, before, after, line, told
):
    from functions.local import loading
    from functions.local.cli_services import services_with_account
    from shared.bootstrap import services

    loading.load_files(
        services_with_account(1), "events", [folder / "orders.csv"],
        mapping={"event_name": "type", "ts": "happened", "identity": "user"},
        arrived="arrived", account_id=1, as_json=True,
    )  # fmt: skip
    capsys.readouterr()
    write((before, after.replace("BUCKET", (folder / "out").as_uri())))
    sentence = refused(command, "sluice.yaml")
    assert sentence.startswith(f"Error: sluice.yaml, line {line}: ")
    assert told in sentence
    state = services().database
    assert state.run(lambda c: exports.list_all(c, 1)) == []
    assert state.run(lambda c: buckets.list_all(c, 1)) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "is empty"), (b"\xff\xfe\x00", "not UTF-8"), (b"a: \x07", "forbidden character"),
     (b"x" * 1_000_001, "larger than"), (b"[" * 100_000, "no legal YAML")],
)  # fmt: skip
def test_what_is_no_file_of_ours_is_refused(folder, content, told):
    (folder / "sluice.yaml").write_bytes(content)
    assert told in refused("plan", "sluice.yaml")


def test_a_missing_file_is_named(folder):
    assert "nothing.yaml cannot be read" in refused("plan", "nothing.yaml")
