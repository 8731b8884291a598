"""Notices and webhooks through the API: what is told to whom, and secrets that are shown once."""

import pytest

from tests.functions.api.problems import problem
from tests.leaks import watch


def test_notices_are_listed_with_those_they_go_to(api, world):
    page = api.get(world.path("/accounts/<id:account_id>/notices")).get_json()
    [notice] = page["items"]
    assert (notice["kind"], notice["status"]) == ("FIRST", "QUEUED")
    assert notice["recipients"] == [
        {"email": "editor@one.example", "status": "waiting", "at": None}
    ]
    assert page["next_page_token"] is None


def test_a_notice_shows_its_mail_before_it_is_sent(api, world):
    shown = api.get(world.path("/accounts/<id:account_id>/notices/<id:notice_id>")).get_json()
    assert shown["subject"].startswith(f"Export {world.waiting.export_id} cannot be delivered")
    assert "WHAT HAPPENS NEXT" in shown["text"]
    assert shown["html"].startswith("<!doctype html>")
    assert shown["tried"] is False
    answer = api.get(world.path("/accounts/<id:account_id>/notices/99"))
    assert problem(answer, 404)


def test_a_webhook_is_listed_without_its_secret_and_rotated_with_a_new_one(api, world):
    [hook] = api.get(world.path("/accounts/<id:account_id>/webhooks")).get_json()["items"]
    assert "secret" not in hook
    one = world.path("/accounts/<id:account_id>/webhooks/<id:webhook_id>")
    rotated = api.post(f"{one}:rotate").get_json()
    assert watch(rotated["secret"]).startswith("whsec_")
    sent = api.post(f"{one}:test").get_json()
    [message] = api.get(f"{one}/messages").get_json()["items"]
    assert (message["message_id"], message["event"]) == (sent["message_id"], "webhook.test")
    off = api("PATCH", one, json={"enabled": False}).get_json()
    assert off["disabled_reason"] == "webhook-off"
    assert problem(api.post(f"{one}:test"), 409)
    assert api("DELETE", one).status_code == 204
    assert api.get(world.path("/accounts/<id:account_id>/webhooks")).get_json() == {"items": []}


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "http://hooks.example.com/", "https://metadata.google.internal/"]
)
def test_an_address_inside_is_refused(api, world, url):
    body = {"url": url, "events": ["export.failed"]}
    answer = api.post(world.path("/accounts/<id:account_id>/webhooks"), json=body)
    assert problem(answer, 422)["reason"] == "webhook-address"


def test_further_addresses_are_set_and_shown(api, world):
    one = world.path("/accounts/<id:account_id>/exports/<id:export_id>")
    changed = api("PATCH", one, json={"send_to": ["Ops@Example.com"]})
    assert changed.status_code == 200, changed.get_json()
    assert api.get(one).get_json()["send_to"] == ["ops@example.com"]
    assert problem(api("PATCH", one, json={"send_to": ["nobody"]}), 422)
