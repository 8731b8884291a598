"""Runs in state: recorded once, moved by conditional updates, ended once."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from shared.domain.runs import OPEN_RUN, OPEN_SLICE, RunStatus, SliceStatus
from shared.redaction import redacted
from shared.state.new_runs import NewRun, record
from shared.state.run_leases import claim_publishable, release_lease, take_lease, unclaim
from shared.state.run_rows import (
    Run,
    count_open_and_done,
    get,
    ids_to_stop,
    list_delivered,
    list_for_export,
)
from shared.state.tables import runs, slices

__all__ = [
    "NewRun",
    "Run",
    "claim_publishable",
    "count_open_and_done",
    "end",
    "get",
    "ids_to_stop",
    "list_delivered",
    "list_for_export",
    "move",
    "record",
    "release_lease",
    "resume",
    "stop",
    "take_lease",
    "unclaim",
]


def move(
    connection: Connection,
    account_id: int,
    run_id: int,
    *,
    expected: Sequence[RunStatus],
    attempt: int | None = None,
    **values: Any,
) -> bool:
    """Conditional update: only from an expected status and, if given, under that lease's token."""
    conditions = [
        runs.c.account_id == account_id,
        runs.c.run_id == run_id,
        runs.c.status.in_([str(status) for status in expected]),
    ]
    if attempt is not None:
        conditions.append(runs.c.attempt == attempt)
    result = connection.execute(update(runs).where(*conditions).values(**values))
    return result.rowcount == 1


def end(
    connection: Connection,
    account_id: int,
    run_id: int,
    *,
    status: RunStatus,
    now: datetime,
    reason: str,
    message: str,
) -> bool:
    """End a run that will not be delivered and cancel its open slices; False when it had ended."""
    ended = move(
        connection,
        account_id,
        run_id,
        expected=[RunStatus.PENDING, *OPEN_RUN],
        status=str(status),
        error_reason=reason,
        # It may quote what another side has answered.
        error_message=redacted(message),
        finished_at=now,
        lease_until=None,
    )
    if ended:
        connection.execute(
            update(slices)
            .where(
                slices.c.account_id == account_id,
                slices.c.run_id == run_id,
                slices.c.status.in_([str(open_status) for open_status in OPEN_SLICE]),
            )
            .values(status=str(SliceStatus.CANCELLED), lease_until=None)
        )
    return ended


def resume(connection: Connection, run_ids: Collection[int]) -> list[int]:
    """Let those of the failed runs wait again whose manifest was fixed; gives their ids.

    It may lie in the bucket: a process may have died after it had put it, and before it said so.
    Until that is known they keep the reason why they failed.
    """
    resumed = connection.scalars(
        update(runs)
        .where(
            runs.c.run_id.in_(run_ids),
            runs.c.status == str(RunStatus.FAILED),
            runs.c.manifest.is_not(None),
        )
        .values(
            status=str(RunStatus.PENDING),
            published_at=None,
            failures=0,
            finished_at=None,
        )
        .returning(runs.c.run_id)
    )
    return sorted(resumed)


def stop(connection: Connection, account_id: int, run_id: int, now: datetime) -> bool:
    """End a run because its export was stopped; False when it had ended before."""
    return end(
        connection,
        account_id,
        run_id,
        status=RunStatus.STOPPED,
        now=now,
        reason="stopped",
        message="The export was stopped before this run was delivered.",
    )
