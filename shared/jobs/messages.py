"""The messages that jobs send: pointers to runs and to slices, each kind to its topic.

What is published was claimed in state before, so that of two ticks one sends it. When the queue
does not take it, the claim is taken back and the next tick sends it; a process that dies between
the two leaves it to the tick that finds the claim too old.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from shared.errors import Transient
from shared.import_ports import TOPIC_IMPORTS
from shared.jobs.services import Services
from shared.ports import TOPIC_SLICES, TOPIC_WINDOWS
from shared.state import import_leases, runs, slices


def publish_runs(
    services: Services, claimed: Sequence[tuple[int, int]], claimed_at: datetime
) -> None:
    """Tell the planner of runs, given as (account, run)."""
    messages = [{"account_id": account_id, "run_id": run_id} for account_id, run_id in claimed]
    _publish(services, TOPIC_WINDOWS, messages, lambda c: runs.unclaim(c, claimed_at))


def publish_slices(
    services: Services, claimed: Sequence[tuple[int, int, int]], claimed_at: datetime
) -> None:
    """Tell the workers of slices, given as (account, run, slice)."""
    messages = [
        {"account_id": account_id, "run_id": run_id, "slice_no": slice_no}
        for account_id, run_id, slice_no in claimed
    ]
    _publish(services, TOPIC_SLICES, messages, lambda c: slices.unclaim(c, claimed_at))


def publish_imports(
    services: Services, claimed: Sequence[tuple[int, int]], claimed_at: datetime
) -> None:
    """Tell the importer of import runs, given as (account, run)."""
    messages = [{"account_id": account_id, "run_id": run_id} for account_id, run_id in claimed]
    _publish(services, TOPIC_IMPORTS, messages, lambda c: import_leases.unclaim(c, claimed_at))


def _publish(
    services: Services,
    topic: str,
    messages: Sequence[dict[str, int]],
    unclaim: Callable[[Connection], None],
) -> None:
    try:
        services.queue.publish(topic, messages)
    except Transient:
        services.database.run(unclaim)
        raise
