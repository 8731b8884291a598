"""The monitor: once an hour it looks at what failed, warns, stops, mends, and drives again.

It may run twice, and at the same time as another one: each step is one transaction that first
looks whether it is still to be done. Whatever ends it between two steps, the next look goes on.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from shared.domain.bucket_steps import Trial
from shared.domain.incidents import Incident, Step, counted_from
from shared.jobs.close_incidents import close_all
from shared.jobs.compare_replay import compare_due
from shared.jobs.figures import write_metrics
from shared.jobs.guarded import guarded
from shared.jobs.mend import try_again
from shared.jobs.open_incidents import failed_runs, open_from_probe, open_from_runs
from shared.jobs.probe_connections import probe_connections
from shared.jobs.probing import Place, probe_all, probe_saved
from shared.jobs.purge import purge
from shared.jobs.recount import recount_due
from shared.jobs.retry_failed import retry_failed
from shared.jobs.schedule import publish_waiting
from shared.jobs.services import Services
from shared.jobs.stuck_imports import end_stuck
from shared.jobs.warn import warn_all, warn_anew
from shared.logs import log
from shared.state import incidents, looks, notices, undelivered


@dataclass(frozen=True, slots=True)
class Look:
    """What one look of the monitor did."""

    incidents_opened: int
    incidents_closed: int
    warned: int
    stopped: int
    trials: int
    windows_planned_again: int
    days_recounted: int
    replays_compared: int
    connections_failing: int
    stuck: int
    imports_stuck: int


def monitor(services: Services, now: datetime) -> Look:
    """One look at everything, at `now`. Raises Transient while state cannot be reached."""
    believed = _note_look(services, now)
    opened = sum(open_from_runs(services, each, now) for each in failed_runs(services, now))
    trials = _probed(services, now)
    for place, trial in trials.items():
        opened += guarded(0, partial(open_from_probe, services, place, trial, now))
    closed = close_all(services, _open(services), trials, now)
    started = sum(
        guarded(False, partial(try_again, services, each, trials, now)) for each in _open(services)
    )
    warn_anew(services)
    steps = warn_all(services, _open(services), trials, now)
    again = sum(retry_failed(services, each, now) for each in failed_runs(services, now))
    imports_stuck = end_stuck(services, now)
    connections = probe_connections(services, now)
    # Last of all that drives on: it may take minutes, and it makes runs of rows that were missed.
    recounted = recount_due(services, now)
    compared = compare_due(services, now)
    publish_waiting(services, now)
    look = Look(
        incidents_opened=opened,
        incidents_closed=len(closed),
        warned=steps[Step.FIRST] + steps[Step.SECOND],
        stopped=steps[Step.STOP],
        trials=started,
        windows_planned_again=again,
        days_recounted=recounted,
        replays_compared=compared,
        connections_failing=sum(each is not None for each in connections.values()),
        stuck=_tell_stuck(services, now),
        imports_stuck=imports_stuck,
    )
    if believed:
        # A clock that is years ahead must not make everything old.
        purge(services, now)
    write_metrics(services, now, whole=True)
    log("monitor_looked", **{name: getattr(look, name) for name in Look.__dataclass_fields__})
    return look


def _probed(services: Services, now: datetime) -> dict[Place, Trial]:
    """What was found of the saved buckets, and of those of exports that fail."""
    trials = dict(probe_saved(services, now))
    failing = {(each.account_id, each.bucket) for each in _open(services)}
    return trials | dict(probe_all(services, failing - set(trials)))


def _note_look(services: Services, now: datetime) -> bool:
    """Note this look; False when the last one is too long ago, or the clock was set.

    Then the time between is not held against anybody who was warned.
    """
    believed = services.watching.believed_gap

    def store(connection: Connection) -> datetime | None:
        before = looks.look(connection, looks.MONITOR, now)
        ids = [incident.incident_id for incident in incidents.list_open(connection)]
        moved = {}
        for _, notice in notices.of_incidents(connection, ids):
            if notice.counts_from is not None:
                counted = counted_from(notice.counts_from, before, now, believed=believed)
                if counted != notice.counts_from:
                    moved[notice.notice_id] = counted
        notices.set_counts_from(connection, moved)
        return before

    before = services.database.run(store)
    if before is None or timedelta(0) <= now - before <= believed:
        return True
    log("monitor_gap", hours=round((now - before) / timedelta(hours=1), 1))
    return False


def _open(services: Services) -> list[Incident]:
    """All open incidents; each is of an export that fails now, so they are never very many."""
    return services.database.run(lambda c: incidents.list_open(c))


def _tell_stuck(services: Services, now: datetime) -> int:
    """Log the runs that should have ended long ago; they were driven again just before."""
    watching = services.watching
    due_before = now - watching.stuck_after
    found = services.database.run(
        lambda c: undelivered.stuck(c, due_before, limit=watching.stuck_shown)
    )
    for run in found:
        hours = int((now - run.due_at) / timedelta(hours=1))
        log("run_stuck", run=run.run_id, status=str(run.status), hours=hours)
    return len(found)
