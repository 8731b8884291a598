"""The command drill, run as a person runs it."""

import json
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from shared.errors import InvalidInput
from tests.local.test_cli_telling import house, run

__all__ = ["house"]


def test_a_drill_tells_what_happened_and_the_next_one_takes_its_place(house):
    told = run("drill", "--break", "retention", "--mend-after", "1")
    lines = told.splitlines()
    for words in ("A retention policy refuses the files", "Somebody mends it", "Checked: "):
        assert any(words in line for line in lines)
    for title in ("Notice 1", "Recovery note"):
        [line] = [line for line in lines if line.startswith(f"{title}: ")]
        mail = message_from_bytes(Path(line.partition(": ")[2]).read_bytes(), policy=default)
        assert any(str(mail["Subject"]) in line for line in lines)
    assert "nothing of the account has changed" in lines[-1]
    assert "No notices" in run("notices", "list")
    assert "No exports" in run("exports")
    kept = Path(line.partition(": ")[2])
    first = json.loads(run("drill", "--break", "key", "--mend-after", "1", "--json"))
    assert first["outcome"] == "RECOVERED"
    assert [mail["kind"] for mail in first["mails"]] == ["FIRST", "RECOVERED"]
    assert all(Path(mail["path"]).is_file() for mail in first["mails"])
    assert first["timeline"][0]["what"].startswith("The export")
    assert not kept.exists()


def test_a_drill_of_nothing_is_one_sentence(house):
    with pytest.raises(InvalidInput, match="Choose what breaks"):
        run("drill", "--break", "nothing")
