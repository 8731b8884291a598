"""Scheduler, planner and worker behind the framework: raw push bodies in, an answer out."""

import base64
import errno
import json
from contextlib import suppress
from typing import Any

import pytest

from shared.adapters import folder as folder_module
from shared.adapters.duckdb_file import connect
from shared.bootstrap import services
from shared.domain.exports import ExportStatus
from shared.domain.runs import RunStatus
from shared.ports import TOPIC_SLICES, TOPIC_WINDOWS
from shared.push import push_body
from tests.jobs.oracle import assert_delivered, objects
from tests.jobs.samples import arriving, ids, mixed_events
from tests.processes import context
from tests.warehouse_rows import MIDNIGHT, WAIT_S

ROWS = mixed_events(90)
SECRET = "do-not-repeat-me"


def tick(clients):
    """Call the scheduler; gives what it published."""
    response = clients["scheduler"].post("/")
    assert (response.status_code, response.data) == (204, b"")
    return services().queue.take()


def test_push_bodies_bring_an_export_from_the_tick_to_its_manifest(house, clients, push):
    house.load(ROWS)
    export = house.export()
    [(topic, content)] = tick(clients)
    assert topic == TOPIC_WINDOWS
    assert push(topic, content).status_code == 204
    messages = services().queue.take()
    assert messages != []
    assert {topic for topic, _ in messages} == {TOPIC_SLICES}
    for message in messages:
        response = push(*message)
        assert (response.status_code, response.data) == (204, b"")
    assert_delivered(house, export, ids(ROWS))


def test_every_body_may_come_five_times(house, clients, push):
    house.load(ROWS)
    export = house.export()
    messages = tick(clients)
    pushed = 0
    while messages:
        for message in messages:
            assert [push(*message).status_code for _ in range(5)] == [204] * 5
            pushed += 1
        messages = services().queue.take()
    assert pushed >= 2
    assert tick(clients) == []
    assert_delivered(house, export, ids(ROWS))


def test_the_scheduler_records_the_windows_that_are_due(house, clients, push):
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    rows = arriving(range(40), 11)
    house.load(rows)
    messages = tick(clients)
    assert len(messages) == 2
    assert tick(clients) == []
    while messages:
        for message in messages:
            assert push(*message).status_code == 204
        messages = services().queue.take()
    assert_delivered(house, export, ids(rows))


def pushed(data: Any, **changes: Any) -> bytes:
    """A push in which everything but the data is right."""
    message = {"messageId": "1", "publishTime": "2026-11-20T12:00:00Z", "data": data}
    return json.dumps({"message": message | changes, "subscription": "projects/p/s/x"}).encode()


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def message(**content: Any) -> bytes:
    return pushed(encoded(json.dumps(content).encode()))


GOOD = {"account_id": 1, "run_id": 1, "slice_no": 0}
BAD_BODIES = {
    "nothing": b"",
    "no JSON": SECRET.encode(),
    "no UTF-8": b"\xff\xfe" + SECRET.encode(),
    "a list": json.dumps([SECRET]).encode(),
    "a text": json.dumps(SECRET).encode(),
    "a body that is nested too deep": b"[" * 200_000,
    "no message": json.dumps({"subscription": SECRET}).encode(),
    "no subscription": message(**GOOD).replace(b"subscription", b"sub"),
    "no message id": message(**GOOD).replace(b"messageId", b"id"),
    "a message id that is no text": pushed(encoded(b"{}"), messageId=[SECRET]),
    "attributes that are no texts": pushed(encoded(b"{}"), attributes={"a": [SECRET]}),
    "attributes that are a list": pushed(encoded(b"{}"), attributes=[SECRET]),
    "no data": pushed(None, attributes={"a": SECRET}),
    "data that is no text": pushed([SECRET]),
    "data that is no base64": pushed(f"{SECRET}!"),
    "data that is no JSON": pushed(encoded(SECRET.encode())),
    "data that is no UTF-8": pushed(encoded(b'"\xff"')),
    "data that is too long": message(**GOOD, more=SECRET * 1000),
    "data that is nested too deep": pushed(encoded(b"[" * 2_900)),
    "a list as content": pushed(encoded(b"[1, 2]")),
    "a missing number": message(account_id=1),
    "a number as text": message(**GOOD | {"run_id": "1"}),
    "a truth value": message(**GOOD | {"run_id": True}),
    "a fraction": message(**GOOD | {"run_id": 1.0}),
    "nothing for a number": message(**GOOD | {"run_id": None}),
    "a negative number": message(**GOOD | {"run_id": -1}),
    "a number too large": message(**GOOD | {"run_id": 2**63}),
}


@pytest.mark.parametrize("target", ["planner", "worker"])
def test_a_body_in_which_all_is_right_is_taken(house, clients, target):
    response = clients[target].post("/", data=message(**GOOD), content_type="application/json")
    assert (response.status_code, response.data) == (204, b"")


@pytest.mark.parametrize("target", ["planner", "worker"])
@pytest.mark.parametrize("body", BAD_BODIES)
def test_a_body_that_is_no_message_of_ours_is_refused_without_repeating_it(
    house, clients, caplog, target, body
):
    response = clients[target].post("/", data=BAD_BODIES[body], content_type="application/json")
    assert response.status_code == 400
    assert response.data == b"bad-message"
    assert SECRET not in caplog.text + str(response.headers)
    assert objects(house) == set()


def test_more_than_we_ask_for_is_ignored(house, clients, push):
    house.load(ROWS)
    export = house.export()
    [(topic, content)] = tick(clients)
    assert push(topic, content | {"later": 1}, deliveryAttempt=3).status_code == 204
    assert house.run(export).status is RunStatus.WRITING


@pytest.mark.parametrize("changes", [{"run_id": 99}, {"account_id": 2}, {"slice_no": 99}])
def test_a_message_for_something_unknown_is_acknowledged(house, clients, push, changes):
    house.load(ROWS)
    export = house.export()
    content = {"account_id": 1, "run_id": house.run(export).run_id}
    if "slice_no" not in changes:
        assert push(TOPIC_WINDOWS, content | changes).status_code == 204
        assert house.run(export).status is RunStatus.PENDING
    assert push(TOPIC_SLICES, content | {"slice_no": 0} | changes).status_code == 204
    assert objects(house) == set()


def test_a_transient_fault_of_the_worker_asks_for_the_message_again(
    house, clients, push, monkeypatch
):
    house.load(ROWS)
    export = house.export()
    [plan] = tick(clients)
    push(*plan)
    messages = services().queue.take()
    fired = []

    def full(*args: object, **options: object) -> None:
        fired.append(args)
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(folder_module.os, "link", full)
    for each in messages:
        response = push(*each)
        assert (response.status_code, response.data) == (503, b"disk-full")
    assert len(fired) == len(messages)
    assert house.run(export).status is RunStatus.WRITING
    monkeypatch.undo()
    for each in messages:
        assert push(*each).status_code == 204
    assert_delivered(house, export, ids(ROWS))


def _hold(path, pipe) -> None:
    with connect(path, wait_s=WAIT_S):
        pipe.send("held")
        with suppress(EOFError):
            pipe.recv()


def test_a_transient_fault_of_the_planner_asks_for_the_message_again(
    house, clients, push, monkeypatch
):
    house.load(ROWS)
    export = house.export()
    monkeypatch.setenv("WAREHOUSE_WAIT_S", "0.2")
    [plan] = tick(clients)
    here, there = context.Pipe()
    holder = context.Process(target=_hold, args=(house.folder / "warehouse.duckdb", there))
    holder.start()
    there.close()
    assert here.recv() == "held"
    response = push(*plan)
    assert (response.status_code, response.data) == (503, b"warehouse-busy")
    here.close()
    holder.join()
    assert holder.exitcode == 0
    assert push(*plan).status_code == 204
    for each in services().queue.take():
        assert push(*each).status_code == 204
    assert_delivered(house, export, ids(ROWS))


def test_a_fault_of_the_customer_is_recorded_and_acknowledged(house, clients, push):
    house.load(ROWS)
    export = house.export()
    [plan] = tick(clients)
    push(*plan)
    house.bucket.rmdir()
    for each in services().queue.take():
        response = push(*each)
        assert (response.status_code, response.data) == (204, b"")
    run = house.run(export)
    assert (run.status, run.error_reason) == (RunStatus.FAILED, "bucket-not-found")
    assert "does not exist" in run.error_message
    assert house.again(export).status is ExportStatus.PENDING
    assert tick(clients) == []
    assert not house.bucket.exists()


def test_a_push_body_is_what_pubsub_sends():
    body = push_body(TOPIC_SLICES, GOOD, "77")
    assert set(body) == {"message", "subscription"}
    assert json.loads(base64.b64decode(body["message"]["data"])) == GOOD
    assert body["message"]["messageId"] == "77"
    assert body["subscription"].endswith(TOPIC_SLICES)
