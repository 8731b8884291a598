"""Windows that were recorded and not delivered: what failed, what waits, and what came after."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, or_, select

from shared.domain.runs import OPEN_RUN, RunKind, RunStatus
from shared.state.export_lists import SCHEDULED
from shared.state.export_rows import LIVE_EXPORT
from shared.state.run_lists import SUMMARY, RunSummary, summary_of
from shared.state.tables import exports, incidents, runs

# A replay delivers again what was delivered: whoever asked for it sees that it failed, and may ask
# again.
PLANNED_AGAIN = (*SCHEDULED, RunKind.SUPPLEMENT)
# Made once: an alias of so many columns costs more than all else of its statement.
_LATER = runs.alias("later")


def failed(
    connection: Connection, *, due_since: datetime, after: int, limit: int
) -> list[RunSummary]:
    """Failed runs of all accounts that nothing took the place of, in the order of their ids.

    Those of exports that may still deliver, that were due since then, behind the id `after`.
    """
    live = select(1).where(
        exports.c.export_id == runs.c.export_id,
        exports.c.status.in_([str(status) for status in LIVE_EXPORT]),
    )
    rows = connection.execute(
        select(*SUMMARY)
        .where(
            runs.c.status == str(RunStatus.FAILED),
            runs.c.due_at >= due_since,
            runs.c.run_id > after,
            runs.c.kind.in_([str(kind) for kind in PLANNED_AGAIN]),
            ~replaced(),
            live.exists(),
        )
        .order_by(runs.c.run_id)
        .limit(limit)
    )
    return [summary_of(row) for row in rows]


def failed_windows(connection: Connection, account_id: int, export_id: int) -> list[RunSummary]:
    """The failed runs of the export that are to be planned again, in the order of their windows."""
    rows = connection.execute(
        select(*SUMMARY)
        .where(
            runs.c.account_id == account_id,
            runs.c.export_id == export_id,
            runs.c.status == str(RunStatus.FAILED),
            runs.c.kind.in_([str(kind) for kind in PLANNED_AGAIN]),
            ~replaced(),
        )
        .order_by(runs.c.window_end_at, runs.c.run_id)
    )
    return [summary_of(row) for row in rows]


def any_open(connection: Connection, account_id: int, export_id: int) -> bool:
    """Whether a run of the export waits or is under way."""
    statement = select(runs.c.run_id).where(
        runs.c.account_id == account_id,
        runs.c.export_id == export_id,
        runs.c.status.in_([str(status) for status in (RunStatus.PENDING, *OPEN_RUN)]),
    )
    return connection.scalar(statement.limit(1)) is not None


def delivered_since(
    connection: Connection,
    account_id: int,
    export_id: int,
    moment: datetime,
    *,
    trial_run_id: int | None,
) -> bool:
    """Whether a run that began at that moment or later is delivered, or the one that was a trial.

    A run that began before says nothing: its bucket may have been open then.
    """
    statement = select(runs.c.run_id).where(
        runs.c.account_id == account_id,
        runs.c.export_id == export_id,
        runs.c.status == str(RunStatus.DONE),
        or_(runs.c.started_at >= moment, runs.c.run_id == trial_run_id),
    )
    return connection.scalar(statement.limit(1)) is not None


def stuck(connection: Connection, due_before: datetime, *, limit: int) -> list[RunSummary]:
    """Runs that were due by then and have not ended, the longest due first.

    Those that wait because their export is known to fail are left out.
    """
    failing = select(1).where(
        incidents.c.export_id == runs.c.export_id, incidents.c.closed_at.is_(None)
    )
    rows = connection.execute(
        select(*SUMMARY)
        .where(
            runs.c.status.in_([str(status) for status in (RunStatus.PENDING, *OPEN_RUN)]),
            runs.c.due_at <= due_before,
            ~failing.exists(),
        )
        .order_by(runs.c.due_at, runs.c.run_id)
        .limit(limit)
    )
    return [summary_of(row) for row in rows]


def replaced() -> ColumnElement[bool]:
    """Whether the run's window was planned again since."""
    return (
        select(1)
        .where(
            _LATER.c.export_id == runs.c.export_id,
            _LATER.c.kind == runs.c.kind,
            _LATER.c.window_end_at == runs.c.window_end_at,
            _LATER.c.sequence > runs.c.sequence,
        )
        .exists()
    )
