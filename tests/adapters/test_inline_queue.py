"""What the queue of a laptop promises."""

from shared.adapters.inline_queue import InlineQueue


def test_messages_are_taken_once_in_the_order_of_publishing():
    queue = InlineQueue()
    queue.publish("windows", [{"run_id": 1}])
    queue.publish("slices", [{"run_id": 1, "slice_no": 0}])
    queue.publish("windows", [{"run_id": 1}])
    assert queue.take() == [
        ("windows", {"run_id": 1}),
        ("slices", {"run_id": 1, "slice_no": 0}),
        ("windows", {"run_id": 1}),
    ]
    assert queue.take() == []


def test_a_message_is_what_it_was_when_it_was_published():
    queue = InlineQueue()
    message = {"run_id": 1}
    queue.publish("windows", [message])
    message["run_id"] = 2
    assert queue.take() == [("windows", {"run_id": 1})]
