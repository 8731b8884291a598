"""Looks after open incidents: closes those that are over, and tries whether access works again."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shared.domain.bucket_steps import Trial
from shared.domain.exports import ExportStatus
from shared.domain.incidents import CLOCK_SKEW, Ending, Incident, ending_due
from shared.domain.runs import ENDED_RUN, RunStatus
from shared.errors import OurFault
from shared.jobs.give_up import record_again
from shared.jobs.probing import Place
from shared.jobs.run_now import publish_at_once
from shared.jobs.services import Services
from shared.logs import log
from shared.state import exports, incidents, run_lists, undelivered
from shared.state.run_lists import RunSummary

# Waits between trials double up to 2 ** 4 = 16 times the first one.
DOUBLINGS_MAX = 4


def ending_of(
    connection: Connection, incident: Incident, trials: Mapping[Place, Trial]
) -> Ending | None:
    """How the incident ends now; None while it goes on."""
    try:
        export = exports.get(connection, incident.account_id, incident.export_id)
    except OurFault:
        # What cannot be read ends nothing; the tick says that it cannot.
        return None
    succeeded = undelivered.delivered_since(
        connection,
        incident.account_id,
        incident.export_id,
        incident.failed_at,
        trial_run_id=incident.trial_run_id,
    )
    ending = ending_due(
        incident,
        status=ExportStatus.STOPPED if export is None else export.status,
        bucket=incident.bucket if export is None else export.spec.bucket,
        succeeded=succeeded,
    )
    if ending is None and _lets_in(incident, trials) and not _has_work(connection, incident):
        # A probe had found it closed, and nothing is left that a run could deliver.
        return Ending.RECOVERED
    return ending


def try_again(
    services: Services, incident: Incident, trials: Mapping[Place, Trial], now: datetime
) -> bool:
    """Let the earliest undelivered window go first, when access seems to work; True if it does.

    Windows that failed are recorded again before, so that none is skipped. The others wait until
    that one is delivered.
    """
    trial = trials.get((incident.account_id, incident.bucket))
    if trial is None:
        return False

    def store(connection: Connection) -> int | None:
        held = incidents.hold(connection, [incident.incident_id])
        if not held or not _is_due(connection, services, held[0], trial, now):
            return None
        plan_failed_again(connection, held[0], now)
        run_id = run_lists.oldest_waiting(
            connection, incident.account_id, incident.export_id, now + CLOCK_SKEW
        )
        incidents.set_trial(connection, held[0], run_id, now)
        return run_id

    run_id = services.database.run(store)
    if run_id is None:
        return False
    log("trial_started", run=run_id, export=incident.export_id)
    publish_at_once(services, incident.account_id, run_id)
    return True


def plan_failed_again(connection: Connection, incident: Incident, now: datetime) -> int:
    """Record every failed window of the export again, in order, under stamps that rise."""
    found = undelivered.failed_windows(connection, incident.account_id, incident.export_id)
    return len(record_again(connection, found, now))


def trial_under_way(connection: Connection, incident: Incident) -> bool:
    """Whether the run that tries it has not ended yet."""
    run = _trial_run(connection, incident)
    return run is not None and run.status not in ENDED_RUN


def wait_after(sequence: int, first: timedelta) -> timedelta:
    """How long a window that failed so many times rests until it is planned again."""
    return first * (1 << min(max(sequence, 0), DOUBLINGS_MAX))


def _is_due(
    connection: Connection, services: Services, incident: Incident, trial: Trial, now: datetime
) -> bool:
    run = _trial_run(connection, incident)
    if run is not None and run.status not in ENDED_RUN:
        return False
    watching = services.watching
    last = incident.trial_at or incident.opened_at
    ahead = last > now + CLOCK_SKEW  # noted before the clock was set back
    if trial.fault is not None:
        if run is not None:
            # So that the first probe which succeeds is followed by a run at once.
            incidents.set_trial(connection, incident, None, last)
        return ahead or now - last >= watching.trial_against_probe_after
    if run is None or run.status is RunStatus.STOPPED:
        return True
    # The first time that it failed it was no trial.
    return ahead or now - last >= wait_after(run.sequence - 1, watching.retry_after)


def _trial_run(connection: Connection, incident: Incident) -> RunSummary | None:
    if incident.trial_run_id is None:
        return None
    found = run_lists.by_ids(connection, incident.account_id, [incident.trial_run_id])
    return found.get(incident.trial_run_id)


def _lets_in(incident: Incident, trials: Mapping[Place, Trial]) -> bool:
    trial = trials.get((incident.account_id, incident.bucket))
    return trial is not None and trial.fault is None


def _has_work(connection: Connection, incident: Incident) -> bool:
    account_id, export_id = incident.account_id, incident.export_id
    return undelivered.any_open(connection, account_id, export_id) or bool(
        undelivered.failed_windows(connection, account_id, export_id)
    )
