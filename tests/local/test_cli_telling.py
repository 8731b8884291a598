"""The commands of notices and webhooks, run as a person runs them."""

import json
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from typer.testing import CliRunner

from functions.local.cli import app
from shared import bootstrap
from shared.config import from_environment
from shared.domain.webhooks import WebhookEvent
from shared.state import webhooks
from tests.jobs.house import House
from tests.pages.test_telling import queued


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    built = House(tmp_path / "house").set_up()
    monkeypatch.setenv("SLUICE_HOME", str(built.folder))
    monkeypatch.setenv("SLUICE_NOW", built.now.isoformat())
    bootstrap.services.cache_clear()
    yield built
    bootstrap.services.cache_clear()


def run(*words: str) -> str:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_notice_is_listed_shown_and_sent_into_the_folder(house):
    assert "No notices" in run("notices", "list")
    notice_id = queued(house)
    assert "QUEUED" in run("notices", "list")
    assert "WHAT HAPPENS NEXT" in run("notices", "show", str(notice_id))
    run("notices", "send")
    [path] = (house.folder / "mail").glob("*.eml")
    mail = message_from_bytes(path.read_bytes(), policy=default)
    assert mail["To"] == "ann@example.com"
    [listed] = json.loads(run("notices", "list", "--json"))["notices"]
    assert listed["notice"]["status"] == "ACCEPTED"


def test_webhooks_are_listed_switched_and_removed(house):
    assert "No webhooks yet" in run("webhooks", "list")
    house.services.database.run(
        lambda c: webhooks.add(
            c, 1, "https://h.example.com/", [WebhookEvent.FAILED], "s/1", by="x", now=house.now
        )
    )
    assert "h.example.com" in run("webhooks", "list")
    run("webhooks", "test", "1")
    assert "webhook.test" in run("webhooks", "messages", "1")
    assert "webhook-off" in run("webhooks", "switch", "1", "--off")
    assert "is removed" in run("webhooks", "remove", "1")
    assert json.loads(run("webhooks", "list", "--json")) == {"webhooks": []}


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"MAIL_URL": "smtp://sluice@mail.example.com"}, "Set MAIL_FROM"),
        ({"MAIL_URL": "smtp://a@x", "MAIL_FROM": "a@b\r\nBcc: x@y"}, "MAIL_FROM must be"),
        ({"DASHBOARD_URL": "javascript:x"}, "DASHBOARD_URL must be"),
        ({"MAIL_URL": "pop3://x", "MAIL_FROM": "a@example.com"}, "MAIL_URL must be"),
    ],
)
def test_a_wrong_configuration_of_mail_is_one_sentence(house, environment, told):
    with pytest.raises(Exception, match=told):
        bootstrap.build(from_environment({"SLUICE_HOME": str(house.folder)} | environment))


def test_health_shows_what_is_wrong_and_ends_so_that_scripts_see_it(house):
    def health(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["health", *words], catch_exceptions=False)
        return result.exit_code, result.output

    code, output = health()
    assert code == 1
    assert "There has been no tick yet" in " ".join(output.split())
    run("tick")
    run("monitor")
    code, output = health("--account", "1")
    assert code == 0
    assert "No export is late or fails." in output
    queued(house)
    code, output = health("--json")
    found = json.loads(output)
    assert code == 1
    assert (found["figures"]["incidents_open"], found["figures"]["dead_letters"]) == (1, 0)
    assert [each["health"]["reason"] for each in found["exports"]] == ["403-forbidden"]
