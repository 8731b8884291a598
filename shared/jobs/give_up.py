"""Ends a run that is not delivered, and records its window again where that is known to help."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection

from shared.domain.runs import RunKind, RunStatus
from shared.domain.webhooks import WebhookEvent
from shared.errors import SluiceError
from shared.jobs.ended import refresh_status, told_of
from shared.jobs.services import Services
from shared.jobs.webhooks import emit
from shared.logs import log
from shared.state import incidents, runs
from shared.state.run_lists import RunSummary
from shared.state.runs import NewRun, Run


def fail_run(services: Services, run: Run, error: SluiceError) -> None:
    """End the run with the reason of `error`; its open slices are cancelled."""
    now = services.clock()

    def store(connection: Connection) -> bool:
        ended = runs.end(
            connection,
            run.account_id,
            run.run_id,
            status=RunStatus.FAILED,
            now=now,
            reason=error.reason,
            message=error.message,
        )
        refresh_status(connection, run)
        if ended:
            detail = told_of(run) | {"reason": error.reason}
            emit(connection, run.account_id, WebhookEvent.FAILED, run.export_id, detail, now=now)
        return ended

    if services.database.run(store):
        log("run_failed", run=run.run_id, reason=error.reason)
        _drop_snapshot(services, run)


def replan(
    services: Services,
    run: Run,
    reason: str = "snapshot-gone",
    message: str = "The snapshot expired before the run was delivered; it was planned afresh.",
) -> None:
    """Give up a run that cannot be delivered any more; record its window under a new stamp."""
    now = services.clock()

    def store(connection: Connection) -> bool:
        ended = runs.end(
            connection,
            run.account_id,
            run.run_id,
            status=RunStatus.FAILED,
            now=now,
            reason=reason,
            message=message,
        )
        if ended:
            for run_id in runs.record(connection, [planned_again(run, now)]):
                incidents.follow_trial(connection, run, run_id)
        return ended

    if services.database.run(store):
        log("run_replanned", run=run.run_id, export=run.export_id)
        _drop_snapshot(services, run)


def record_again(
    connection: Connection, failed: Collection[Run | RunSummary], now: datetime
) -> Sequence[int]:
    """The runs that deliver failed windows now; one of two monitors makes each of them.

    A run that failed when only its manifest was missing goes on; the others get a new one.
    """
    resumed = runs.resume(connection, [run.run_id for run in failed])
    # Months of live windows may have failed together.
    going_on = frozenset(resumed)
    fresh = [planned_again(run, now) for run in failed if run.run_id not in going_on]
    made = [*resumed, *runs.record(connection, fresh)]
    if made:
        log("windows_planned_again", runs=len(made))
    return made


def planned_again(run: Run | RunSummary, now: datetime) -> NewRun:
    """The run that takes the place of one that was not delivered."""
    return NewRun(
        account_id=run.account_id,
        export_id=run.export_id,
        kind=run.kind,
        window=run.window,
        stamp=_stamp_again(run, now),
        due_at=min(now, run.due_at),
        sequence=run.sequence + 1,
        # What a supplement adds to stays what it is, also when the first attempt failed.
        replaces_stamp=run.replaces_stamp if run.kind is RunKind.SUPPLEMENT else run.stamp,
    )


def _stamp_again(run: Run | RunSummary, now: datetime) -> int:
    """The next stamp: not the clock's, so that a state that was restored makes the same one."""
    # A replay is its sender's wish, made anew; it has to be newer than every other.
    return int(now.timestamp()) if run.kind is RunKind.REPLAY else run.stamp + 1


def _drop_snapshot(services: Services, run: Run) -> None:
    """What an ended run froze is not needed any more."""
    if run.snapshot_id is None:
        return
    if run.manifest is None:
        services.warehouse.drop_snapshot(run.snapshot_id)
    else:
        # Its rows lie in the bucket, and its manifest may: then this tells what was delivered.
        services.warehouse.retire_snapshot(run.snapshot_id)
