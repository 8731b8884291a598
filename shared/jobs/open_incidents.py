"""Opens and continues incidents: from runs that failed, and from buckets that were found closed."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from shared import reasons
from shared.domain.bucket_steps import Trial
from shared.jobs.guarded import guarded
from shared.jobs.probing import Place
from shared.jobs.services import Services
from shared.logs import log
from shared.state import exports, incidents, runs, undelivered
from shared.state.incidents import Failure
from shared.state.run_lists import RunSummary


def failed_runs(services: Services, now: datetime) -> Iterator[list[RunSummary]]:
    """Failed runs of all accounts that nothing took the place of, so many at a time."""
    watching, after = services.watching, 0
    while True:
        read = partial(
            undelivered.failed,
            due_since=now - watching.failures_reach,
            after=after,
            limit=watching.rows_at_once,
        )
        found = services.database.run(read)
        if not found:
            return
        yield found
        after = found[-1].run_id


def open_from_runs(services: Services, failed: Iterable[RunSummary], now: datetime) -> int:
    """Open or continue an incident of each export that failed by its customer's fault.

    Gives how many are new. Whoever does it again finds them.
    """
    newest: dict[int, RunSummary] = {}
    for run in failed:
        if reasons.of(run.error_reason).opens_incident:
            before = newest.get(run.export_id)
            if before is None or _at(run) > _at(before):
                newest[run.export_id] = run
    opened = 0
    for run in newest.values():
        store = partial(_open_from_run, summary=run, now=now)
        opened += guarded(False, partial(services.database.run, store))
    return opened


def open_from_probe(services: Services, place: Place, trial: Trial, now: datetime) -> int:
    """Open or continue an incident of every export into a bucket that lets nobody in."""
    if trial.fault is None or not reasons.of(trial.fault.reason).opens_incident:
        return 0
    fault, (account_id, bucket) = trial.fault, place

    def store(connection: Connection) -> int:
        ids = exports.live_in_bucket(connection, account_id, bucket)
        failures = [
            Failure(account_id, each, bucket, fault.reason, fault.message, now) for each in ids
        ]
        return sum(_open(connection, failure, now) for failure in failures)

    return services.database.run(store)


def _open_from_run(connection: Connection, summary: RunSummary, now: datetime) -> bool:
    known = incidents.open_of(connection, summary.account_id, [summary.export_id])
    if any(incident.run_id == summary.run_id for incident in known.values()):
        return False
    run = runs.get(connection, summary.account_id, summary.run_id)
    export = exports.get(connection, summary.account_id, summary.export_id)
    if run is None or export is None or run.spec is None:
        return False
    if run.spec.bucket != export.spec.bucket:
        # The export was led elsewhere since, so the failure says nothing of where it goes now.
        return False
    failure = Failure(
        account_id=run.account_id,
        export_id=run.export_id,
        bucket=run.spec.bucket,
        reason=str(run.error_reason),
        message=run.error_message or "",
        at=_at(summary),
        run_id=run.run_id,
    )
    return _open(connection, failure, now)


def _open(connection: Connection, failure: Failure, now: datetime) -> bool:
    opened = incidents.open_or_continue(connection, failure, now)
    if opened:
        log("incident_opened", export=failure.export_id, reason=failure.reason)
    return opened


def _at(run: RunSummary) -> datetime:
    return run.finished_at or run.due_at
