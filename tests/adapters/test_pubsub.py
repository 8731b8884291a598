"""What Pub/Sub adds to the contract of a queue: traces, bounds, failures, forks."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from shared.adapters.pubsub import PubSubQueue
from shared.bootstrap import build
from shared.config import Publishing, from_environment
from shared.errors import InvalidInput, Transient
from shared.tracing import new_trace, parsed, within
from tests.servers.started import free_port

ROOT = Path(__file__).parents[2]
TOPIC = "export-windows"
# The server that is not there is given up at once.
IMPATIENT = Publishing(call_s=1, deadline_s=2)


@pytest.fixture
def topic(pubsub):
    pubsub.create_topic(TOPIC)
    pubsub.create_pull("pull", TOPIC)
    return pubsub


def test_a_message_carries_the_trace_in_which_it_was_published(topic):
    trace = new_trace()
    with within(trace):
        PubSubQueue(topic.project).publish(TOPIC, [{"run_id": 1}, {"run_id": 2}])
    spans = [parsed(each.attributes["traceparent"]) for each in topic.pull("pull", 2)]
    assert {span.trace_id for span in spans} == {trace.trace_id}
    assert len({trace.span_id, *(span.span_id for span in spans)}) == 3


def test_batches_are_bounded_and_none_is_left_behind(topic):
    small = Publishing(batch_messages=3, messages_at_once=7)
    PubSubQueue(topic.project, small).publish(TOPIC, [{"n": number} for number in range(20)])
    found = sorted(json.loads(each.data)["n"] for each in topic.pull("pull", 20))
    assert found == list(range(20))


def test_a_topic_that_is_missing_is_a_fault_for_now(pubsub):
    with pytest.raises(Transient, match="the topic export-windows") as caught:
        PubSubQueue(pubsub.project, IMPATIENT).publish(TOPIC, [{"run_id": 1}])
    assert caught.value.reason == "queue-unavailable"


def test_a_server_that_is_away_is_a_fault_for_now(monkeypatch):
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", f"127.0.0.1:{free_port()}")
    with pytest.raises(Transient) as caught:
        PubSubQueue("a-project", IMPATIENT).publish(TOPIC, [{"run_id": 1}])
    assert caught.value.reason == "queue-unavailable"


FORK = """
import os, sys
from shared.adapters.pubsub import PubSubQueue
queue = PubSubQueue(sys.argv[1])
child = os.fork()
if child == 0:
    queue.publish(sys.argv[2], [{"run_id": 1}])
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_web_server_may_fork_before_the_first_message(topic):
    """The server of functions loads them, then forks; a client made before would hang there."""
    command = [sys.executable, "-W", "error", "-c", FORK, topic.project, TOPIC]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60)
    assert len(topic.pull("pull", 1)) == 1


def test_the_address_of_the_queue_picks_it(tmp_path):
    def queue_at(url):
        home = {"SLUICE_HOME": str(tmp_path), "QUEUE_URL": url}
        return build(from_environment(home)).queue

    assert isinstance(queue_at("pubsub://a-project"), PubSubQueue)
    for url in ("pubsub://", "pubsub://a/b", "pubsub://a b", "kafka://x", "inline"):
        with pytest.raises(InvalidInput, match="QUEUE_URL must be"):
            queue_at(url)
