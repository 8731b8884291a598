"""Warns of open incidents, and stops the exports of those that two warnings did not end."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from shared.domain.bucket_steps import Trial
from shared.domain.incidents import Ending, Incident, NoticeKind, Step, step_due
from shared.domain.members import SYSTEM
from shared.jobs.guarded import guarded
from shared.jobs.mend import ending_of, trial_under_way
from shared.jobs.notice_groups import Group, Times, groups_of, queue_notice
from shared.jobs.probing import Place
from shared.jobs.send_notices import stand_ins
from shared.jobs.services import Services
from shared.jobs.stop_within import drop_snapshots, stop_within
from shared.logs import log
from shared.state import incidents, notice_mails, notices, unwarned
from shared.state.runs import Run

KIND = {
    Step.FIRST: NoticeKind.FIRST,
    Step.SECOND: NoticeKind.SECOND,
    Step.STOP: NoticeKind.STOPPED,
}


def warn_all(
    services: Services,
    found: Collection[Incident],
    trials: Mapping[Place, Trial],
    now: datetime,
) -> dict[Step, int]:
    """Do the one step of each incident that is due at `now`; gives how many of each were done.

    `trials` tells what was found of the buckets in this look. Two monitors at once: the second
    waits for the incidents' rows and then finds that nothing is due.
    """
    done = dict.fromkeys(KIND, 0)
    times = services.database.run(
        lambda c: notices.times_of(c, [incident.incident_id for incident in found])
    )
    for step in KIND:
        due = [each for each in found if step_due(each, times[each.incident_id], now) is step]
        for group in groups_of(services, due):
            done[step] += guarded(0, partial(_step, services, group, step, trials, now))
    return done


def warn_anew(services: Services) -> int:
    """Queue warnings that all refused again where there is another address by now; gives how many.

    Whoever refused one is not asked again.
    """

    def store(connection: Connection) -> int:
        queued = 0
        found = unwarned.untold(connection)
        refused = {(each.account_id, each.notice_id) for each in found if each.refused}
        for account_id, notice_id in sorted(refused):
            notice = notices.get(connection, account_id, notice_id)
            if notice is None:
                continue
            known = {each.email for each in notice_mails.list_all(connection, notice.notice_id)}
            if known.issuperset(stand_ins(connection, notice)):
                continue
            unwarned.queue_again(connection, notice)
            queued += 1
        return queued

    return services.database.run(store)


def _step(
    services: Services, group: Group, step: Step, trials: Mapping[Place, Trial], now: datetime
) -> int:
    def store(connection: Connection) -> tuple[int, list[Run]]:
        held = incidents.hold(connection, group.ids)
        times = notices.times_of(connection, [incident.incident_id for incident in held])
        ready = [
            incident
            for incident in sorted(held, key=lambda each: each.export_id)
            if step_due(incident, times[incident.incident_id], now) is step
            and _may(connection, incident, step, trials)
        ]
        if not ready:
            return 0, []
        cancelled: list[Run] = []
        if step is Step.STOP:
            for incident in ready:
                cancelled += _stop(connection, incident, times[incident.incident_id], now)
        queue_notice(connection, group, ready, KIND[step], times, now)
        return len(ready), cancelled

    number, cancelled = services.database.run(store)
    drop_snapshots(services, cancelled)
    return number


def _may(
    connection: Connection, incident: Incident, step: Step, trials: Mapping[Place, Trial]
) -> bool:
    """Whether nothing speaks against it.

    A success since does, and a trial under way, unless its bucket was found closed just now. And
    nobody is stopped by a look that could not tell whether the bucket is open.
    """
    if step is Step.FIRST:
        return True
    if ending_of(connection, incident, trials) is not None:
        # The next look closes it.
        return False
    trial = trials.get((incident.account_id, incident.bucket))
    if trial is not None and trial.fault is not None:
        return True
    if trial_under_way(connection, incident):
        return False
    return step is Step.SECOND or trial is not None


def _stop(connection: Connection, incident: Incident, times: Times, now: datetime) -> list[Run]:
    """Stop the export and close its incident, in the transaction that queues the notice."""
    warned = {str(kind).lower(): at for kind, at in times.items()}
    cancelled = stop_within(
        connection,
        SYSTEM,
        incident.account_id,
        incident.export_id,
        now=now,
        detail={
            "incident_id": incident.incident_id,
            "reason": incident.reason,
            "warned": warned,
        },
    )
    incidents.close(connection, incident, Ending.STOPPED, now)
    log("export_stopped", export=incident.export_id, reason=incident.reason)
    return cancelled
