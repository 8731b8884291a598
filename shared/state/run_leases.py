"""Who plans a run: its messages, and the lease with its fencing token."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from shared.domain.runs import OPEN_RUN, RunKind, RunStatus
from shared.state.leases import unleased, unpublished
from shared.state.publishes import is_open_before
from shared.state.run_rows import Run
from shared.state.tables import incidents, runs

# Made once: an alias of so many columns costs more than all else of its statement.
_TRIAL = runs.alias("trial")


def claim_publishable(
    connection: Connection,
    now: datetime,
    published_before: datetime,
    *,
    lease: timedelta,
    only: tuple[int, int] | None = None,
) -> list[tuple[int, int]]:
    """Mark as published every run that the planner should hear of; gives (account, run) pairs.

    These are due runs that no message named since `published_before` and no living lease holds,
    the earliest windows first; a window that was closed early waits for publishes begun in it.
    One statement decides, so that of two ticks only one publishes a run. `only` is the one
    (account, run) pair that somebody asks for.
    """
    chosen: tuple[ColumnElement[bool], ...] = (~_waits(),)
    if only is not None:
        chosen = (runs.c.account_id == only[0], runs.c.run_id == only[1])
    statement = (
        update(runs)
        .where(
            runs.c.status.in_([str(status) for status in (RunStatus.PENDING, *OPEN_RUN)]),
            # While slices are open the run is the workers' work; then it waits to be finished.
            or_(runs.c.status != str(RunStatus.WRITING), runs.c.slices_open == 0),
            runs.c.due_at <= now,
            unpublished(runs, now, published_before),
            unleased(runs, now, lease),
            ~_awaits_a_publish(),
            *chosen,
        )
        .values(published_at=now)
        .returning(runs.c.account_id, runs.c.run_id, runs.c.window_end_at)
    )
    claimed = [
        (row.window_end_at, row.account_id, row.run_id) for row in connection.execute(statement)
    ]
    return [(account_id, run_id) for _, account_id, run_id in sorted(claimed)]


def _waits() -> ColumnElement[bool]:
    """The run has not begun, and its export is known to fail.

    It would only fail, too, after a plan that costs something. One run tries whether access works
    again, and as soon as that one is delivered the others follow.
    """
    delivered = select(1).where(
        _TRIAL.c.run_id == incidents.c.trial_run_id, _TRIAL.c.status == str(RunStatus.DONE)
    )
    blocked = select(1).where(
        incidents.c.export_id == runs.c.export_id,
        incidents.c.closed_at.is_(None),
        incidents.c.trial_run_id.is_distinct_from(runs.c.run_id),
        ~delivered.exists(),
    )
    return and_(runs.c.status == str(RunStatus.PENDING), blocked.exists())


def _awaits_a_publish() -> ColumnElement[bool]:
    """Rows of the window may still come: a publish that began before its end is open."""
    return and_(
        runs.c.status == str(RunStatus.PENDING),
        runs.c.kind != str(RunKind.ONE_TIME),
        is_open_before(runs.c.account_id, runs.c.window_end_at),
    )


def unclaim(connection: Connection, published_at: datetime) -> None:
    """Take back what was claimed at that moment: its messages were not accepted."""
    connection.execute(
        update(runs)
        .where(
            # The index on the status keeps this from reading all that was ever delivered.
            runs.c.status.in_([str(status) for status in (RunStatus.PENDING, *OPEN_RUN)]),
            runs.c.published_at == published_at,
        )
        .values(published_at=None)
    )


def take_lease(
    connection: Connection,
    run: Run,
    *,
    owner: str,
    now: datetime,
    until: datetime,
) -> int | None:
    """Take the planner's lease; gives the fencing token, or None while somebody holds it."""
    row = connection.execute(
        update(runs)
        .where(
            runs.c.account_id == run.account_id,
            runs.c.run_id == run.run_id,
            runs.c.status.in_([str(status) for status in OPEN_RUN] + [str(RunStatus.PENDING)]),
            unleased(runs, now, until - now),
        )
        .values(
            attempt=runs.c.attempt + 1,
            failures=runs.c.failures + 1,
            lease_until=until,
            lease_owner=owner,
        )
        .returning(runs.c.attempt)
    ).one_or_none()
    return None if row is None else int(row.attempt)


def release_lease(
    connection: Connection, account_id: int, run_id: int, attempt: int, *, failed: bool
) -> None:
    """Give the planner's lease back, if it still is this attempt's."""
    values: dict[str, Any] = {"lease_until": None, "lease_owner": None, "published_at": None}
    connection.execute(
        update(runs)
        .where(runs.c.account_id == account_id, runs.c.run_id == run_id, runs.c.attempt == attempt)
        .values(**values if failed else {**values, "failures": 0})
    )
