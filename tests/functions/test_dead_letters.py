"""A message that was given up is recorded by the monitor, whatever stands in it."""

import base64
from typing import Any

import pytest

from shared.bootstrap import services
from shared.jobs.record_dead_letter import ATTRIBUTES_MAX, DATA_BYTES_MAX, TEXT_CHARS_MAX
from shared.state import dead_letters
from tests.local.commands import answer, run

SUBSCRIPTION = "projects/p/subscriptions/dead-push"
ATTRIBUTES = {
    "CloudPubSubDeadLetterSourceSubscription": "export-slices-push",
    "CloudPubSubDeadLetterSourceDeliveryCount": "5",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
}


def body(data: bytes = b"{}", **changes: Any) -> dict[str, Any]:
    message = {
        "messageId": "17",
        "publishTime": "2026-11-20T11:59:00.123Z",
        "data": base64.b64encode(data).decode(),
        "attributes": ATTRIBUTES,
    }
    return {"message": message | changes, "subscription": SUBSCRIPTION}


def letters():
    return services().database.run(lambda c: dead_letters.list_newest(c, limit=10))


@pytest.fixture
def monitor(house, clients):
    def pushed(content: dict[str, Any]) -> None:
        response = clients["monitor"].post("/", json=content)
        assert (response.status_code, response.data) == (204, b"")

    return pushed


def test_a_dead_letter_is_recorded_with_what_the_queue_says_of_it(house, monitor):
    monitor(body(b'{"run_id":1}'))
    [letter] = letters()
    assert (letter.subscription, letter.message_id) == (SUBSCRIPTION, "17")
    assert (letter.source, letter.delivery_attempts) == ("export-slices-push", 5)
    assert (letter.data, letter.data_bytes) == (b'{"run_id":1}', 12)
    assert (letter.attributes, letter.attributes_dropped) == (ATTRIBUTES, 0)
    assert letter.published_at.isoformat() == "2026-11-20T11:59:00.123000+00:00"
    assert letter.received_at >= house.now


def test_the_same_push_again_is_acknowledged_and_recorded_once(monitor):
    monitor(body())
    monitor(body(b"changed"))
    assert [letter.data for letter in letters()] == [b"{}"]


def test_a_large_message_is_recorded_by_its_size(monitor):
    monitor(body(b"x" * DATA_BYTES_MAX, messageId="1"))
    monitor(body(b"x" * (DATA_BYTES_MAX + 1), messageId="2"))
    found = {letter.message_id: (letter.data, letter.data_bytes) for letter in letters()}
    assert found["1"] == (b"x" * DATA_BYTES_MAX, DATA_BYTES_MAX)
    assert found["2"] == (None, DATA_BYTES_MAX + 1)


def test_attributes_are_kept_within_bounds(monitor):
    monitor(body(attributes={f"a{n:03}": "v" * 1024 for n in range(100)}))
    [letter] = letters()
    assert len(letter.attributes) == ATTRIBUTES_MAX
    assert letter.attributes_dropped == 100 - ATTRIBUTES_MAX
    assert {len(value) for value in letter.attributes.values()} == {TEXT_CHARS_MAX}


ODD = {
    "no attributes": {"attributes": None},
    "no data": {"data": b""},
    "NUL and halves of characters": {"attributes": {"a\0": "\ud800\0", ATTRIBUTES_MAX * "b": ""}},
    "odd numbers": {"attributes": {"CloudPubSubDeadLetterSourceDeliveryCount": "²"}},
    "a huge number": {"attributes": {"CloudPubSubDeadLetterSourceDeliveryCount": "9" * 500}},
    "no time": {"publishTime": "yesterday"},
    "a time without zone": {"publishTime": "2026-11-20T11:59:00"},
}


@pytest.mark.parametrize("changes", ODD)
def test_a_message_that_nobody_expected_is_recorded_all_the_same(monitor, changes):
    monitor(body(**ODD[changes]))
    assert len(letters()) == 1


def test_what_is_no_push_is_refused(house, clients):
    response = clients["monitor"].post("/", json={"message": {"data": "e30="}})
    assert (response.status_code, response.data) == (400, b"bad-message")
    assert letters() == []


def test_the_command_line_lists_them(monitor):
    monitor(body(b'{"run_id":1}'))
    monitor(body(b"\x1b[31m[red]\xff", messageId="18"))
    shown, _ = run("dead-letters")
    assert "export-slices-push" in shown
    assert '{"run_id":1}' in shown
    assert "\\x1b[31m[red]\\xff" in shown
    found = answer("dead-letters")["dead_letters"]
    assert {each["message_id"]: each["data"] for each in found}["17"] == '{"run_id":1}'


def test_the_command_line_says_when_there_are_none(house):
    assert run("dead-letters") == ("No dead letters: every message came to its end.\n", "")
    assert answer("dead-letters") == {"dead_letters": []}
