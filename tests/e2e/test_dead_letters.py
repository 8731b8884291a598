"""A message that nobody can read is given up by the queue, and shows up in state."""

import pytest

from shared.ports import TOPIC_SLICES
from shared.state import dead_letters
from tests.e2e.cloud import Cloud
from tests.jobs.house import House

pytestmark = pytest.mark.long

PATIENCE_S = 60
POISON = b"this is no pointer"


def given_up(house: House) -> list[dead_letters.DeadLetter]:
    return house.services.database.run(lambda c: dead_letters.list_newest(c, limit=100))


def test_a_message_that_no_worker_can_read_is_recorded_after_five_deliveries(
    cloud: Cloud, house: House
):
    sent = cloud.pubsub.publish(TOPIC_SLICES, POISON, colour="green")
    cloud.until(lambda: given_up(house) != [], PATIENCE_S)
    [letter] = given_up(house)
    assert (letter.data, letter.delivery_attempts) == (POISON, 5)
    assert letter.source == f"{TOPIC_SLICES}-push"
    assert letter.attributes["colour"] == "green"
    assert letter.message_id != sent
    assert cloud.proxy.statuses("worker") == [400] * 5
    assert cloud.proxy.statuses("monitor") == [204]
