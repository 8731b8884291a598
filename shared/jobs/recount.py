"""Counts each delivered day of an export again after 24 hours, and has missed rows delivered."""

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from shared.domain.exports import ExportStatus
from shared.domain.recounts import (
    WAIT,
    RecountOutcome,
    is_delivered,
    newest_deliveries,
    ready_at,
)
from shared.domain.runs import RunKind
from shared.errors import SluiceError
from shared.jobs.count_day import Day, Found, count_day, rows_read
from shared.jobs.services import Services
from shared.logs import log
from shared.state import exports, recounts, runs
from shared.state.recounts import DayRun, Recount
from shared.state.runs import NewRun

# When a day that is not delivered to its end, or that failed to be recounted, is looked at again.
LATER = timedelta(hours=1)


def recount_due(services: Services, now: datetime) -> int:
    """Recount the days that are due, one after the other; gives how many it looked at.

    Two at once share them. What fails is put off for an hour and does not hold up the others.
    """
    looked = 0
    while looked < services.limits.recounts_at_once:
        # Recounts take a while, and each lease begins with its own.
        now = max(now, services.clock())
        claimed = services.database.run(
            partial(recounts.claim_next, now=now, lease=services.limits.lease)
        )
        if claimed is None:
            break
        looked += 1
        try:
            _recount(services, claimed, now)
        except SluiceError as error:
            _put_off(services, claimed, error, now)
    return looked


def _recount(services: Services, claimed: Recount, now: datetime) -> None:
    day = services.database.run(lambda c: _ready(c, claimed, now))
    if day is None:
        return
    found = count_day(services, day, now)
    services.database.run(lambda c: _store(c, claimed, day, found, now))


def _ready(connection: Connection, claimed: Recount, now: datetime) -> Day | None:
    """The day, if it can be recounted now; else it is put off, or given up with its export."""
    export = exports.get(connection, claimed.account_id, claimed.export_id)
    if export is None or export.status is ExportStatus.STOPPED:
        recounts.settle(connection, claimed, due_at=None, outcome=str(RecountOutcome.SKIPPED))
        return None
    zone = export.spec.time_zone
    known = recounts.runs_of_day(
        connection, claimed.account_id, claimed.export_id, claimed.day, zone
    )
    if not is_delivered(known, claimed.day, zone):
        recounts.settle(connection, claimed, due_at=now + LATER)
        return None
    deliveries = newest_deliveries(known)
    if (ready := ready_at(deliveries, claimed.day, zone)) > now:
        recounts.settle(connection, claimed, due_at=ready)
        return None
    return Day(known, deliveries)


def _store(connection: Connection, claimed: Recount, day: Day, found: Found, now: datetime) -> None:
    """The result and its supplement runs, together; nothing if the day has changed meanwhile."""
    current = _ready(connection, claimed, now)
    if current is None:
        return
    if [run.stamp for run in current.deliveries] != [run.stamp for run in day.deliveries]:
        # Replayed while it was counted: what was missed may be in the replay.
        recounts.settle(connection, claimed, due_at=now + LATER)
        return
    settled = recounts.settle(
        connection,
        claimed,
        due_at=None,
        outcome=str(found.outcome),
        error_reason=None,
        recounted_at=now,
        windows=len(day.deliveries),
        rows_delivered=sum(rows_read(run) for run in day.deliveries),
        rows_counted=found.rows_counted,
        rows_missed=sum(rows for _, rows in found.missed) + found.rows_unknown,
        bytes_processed=found.bytes_processed,
    )
    if settled:
        missed = dict(found.missed)
        lacking = [run for run in day.deliveries if run.stamp in missed]
        # The key (export, kind, window end, sequence) lets a window be supplemented once.
        runs.record(connection, [_supplement(run, now) for run in lacking])
        log(
            "day_recounted",
            severity="ERROR" if found.rows_unknown else "INFO",
            export=claimed.export_id,
            day=claimed.day,
            outcome=str(found.outcome),
            rows=found.rows_counted,
            missed=sum(missed.values()),
        )


def _supplement(delivery: DayRun, now: datetime) -> NewRun:
    return NewRun(
        account_id=delivery.account_id,
        export_id=delivery.export_id,
        kind=RunKind.SUPPLEMENT,
        window=delivery.window,
        # About when it is made, but not by the clock: a state that was restored makes the same one.
        stamp=delivery.stamp + int(WAIT.total_seconds()) + 1,
        due_at=now,
        replaces_stamp=delivery.stamp,
    )


def _put_off(services: Services, claimed: Recount, error: SluiceError, now: datetime) -> None:
    given_up = claimed.failures >= services.limits.attempts_max
    values = {
        "due_at": None if given_up else now + LATER,
        "outcome": str(RecountOutcome.FAILED) if given_up else None,
        "failures": claimed.failures,
        "error_reason": error.reason,
    }
    services.database.run(lambda c: recounts.settle(c, claimed, **values))
    severity = "ERROR" if given_up else "WARNING"
    log("recount_failed", severity=severity, export=claimed.export_id, reason=error.reason)
