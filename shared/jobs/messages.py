"""The messages that jobs send: pointers to runs and to slices, each kind to its topic."""

from collections.abc import Sequence

from shared.ports import TOPIC_SLICES, TOPIC_WINDOWS, Queue


def publish_runs(queue: Queue, waiting: Sequence[tuple[int, int]]) -> None:
    """Tell the planner of runs, given as (account, run)."""
    messages = [{"account_id": account_id, "run_id": run_id} for account_id, run_id in waiting]
    queue.publish(TOPIC_WINDOWS, messages)


def publish_slices(queue: Queue, waiting: Sequence[tuple[int, int, int]]) -> None:
    """Tell the workers of slices, given as (account, run, slice)."""
    messages = [
        {"account_id": account_id, "run_id": run_id, "slice_no": slice_no}
        for account_id, run_id, slice_no in waiting
    ]
    queue.publish(TOPIC_SLICES, messages)
