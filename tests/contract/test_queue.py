"""What every queue promises: what was published comes, whole, on its topic."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from shared.adapters.inline_queue import InlineQueue
from shared.adapters.pubsub import PubSubQueue
from shared.ports import Queue
from tests.servers.pubsub import PubSub

WINDOWS, SLICES = "windows", "slices"
Content = dict[str, int]


@dataclass
class Harness:
    """A queue, and a way to take what came of a topic; it may not come in order."""

    queue: Queue
    # Takes (topic, how many are awaited).
    take: Callable[[str, int], list[Content]]


@pytest.fixture(params=["inline", "pubsub"])
def harness(request: pytest.FixtureRequest) -> Harness:
    if request.param == "inline":
        return inline()
    return in_the_cloud(request.getfixturevalue("pubsub"))


def inline() -> Harness:
    queue = InlineQueue()
    seen: list[tuple[str, Content]] = []

    def take(topic: str, count: int) -> list[Content]:
        del count
        seen.extend(queue.take())
        found = [content for each, content in seen if each == topic]
        seen[:] = [(each, content) for each, content in seen if each != topic]
        return found

    return Harness(queue, take)


def in_the_cloud(pubsub: PubSub) -> Harness:
    for topic in (WINDOWS, SLICES):
        pubsub.create_topic(topic)
        pubsub.create_pull(f"{topic}-pull", topic)

    def take(topic: str, count: int) -> list[Content]:
        return [json.loads(each.data) for each in pubsub.pull(f"{topic}-pull", count)]

    return Harness(PubSubQueue(pubsub.project), take)


def test_each_message_comes_on_its_own_topic(harness):
    harness.queue.publish(WINDOWS, [{"account_id": 1, "run_id": 2}])
    harness.queue.publish(SLICES, [{"account_id": 1, "run_id": 2, "slice_no": 0}])
    assert harness.take(WINDOWS, 1) == [{"account_id": 1, "run_id": 2}]
    assert harness.take(SLICES, 1) == [{"account_id": 1, "run_id": 2, "slice_no": 0}]


def test_all_messages_of_one_call_come_once_it_has_returned(harness):
    harness.queue.publish(SLICES, [{"slice_no": number} for number in range(2_500)])
    found = Counter(content["slice_no"] for content in harness.take(SLICES, 2_500))
    assert set(found) == set(range(2_500))


def test_the_same_message_may_be_published_again(harness):
    harness.queue.publish(WINDOWS, [{"run_id": 1}, {"run_id": 1}])
    harness.queue.publish(WINDOWS, [{"run_id": 1}])
    assert harness.take(WINDOWS, 3) == [{"run_id": 1}] * 3


def test_numbers_of_64_bits_come_whole(harness):
    message = {"account_id": 2**63 - 1, "run_id": 0}
    harness.queue.publish(WINDOWS, [message])
    assert harness.take(WINDOWS, 1) == [message]


def test_a_message_is_what_it_was_when_it_was_published(harness):
    message = {"run_id": 1}
    harness.queue.publish(WINDOWS, [message])
    message["run_id"] = 2
    assert harness.take(WINDOWS, 1) == [{"run_id": 1}]


def test_nothing_to_publish_is_published_at_once(harness):
    harness.queue.publish(WINDOWS, [])
    harness.queue.publish(WINDOWS, [{"run_id": 1}])
    assert harness.take(WINDOWS, 1) == [{"run_id": 1}]
