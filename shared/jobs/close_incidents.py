"""Closes incidents that are over: what failed is planned again, and who was warned is told."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from shared.domain.bucket_steps import Trial
from shared.domain.incidents import Ending, Incident, NoticeKind
from shared.domain.webhooks import WebhookEvent
from shared.jobs.guarded import guarded
from shared.jobs.mend import ending_of, plan_failed_again
from shared.jobs.notice_groups import Group, groups_of, queue_notice
from shared.jobs.probing import Place
from shared.jobs.services import Services
from shared.jobs.webhooks import emit
from shared.logs import log
from shared.state import incidents, notices
from shared.state.notices import Notice, NoticeStatus


def close_all(
    services: Services,
    found: Collection[Incident],
    trials: Mapping[Place, Trial],
    now: datetime,
) -> set[int]:
    """Close those of the incidents that are over; gives their ids."""
    over = services.database.run(
        lambda c: [each for each in found if ending_of(c, each, trials) is not None]
    )
    closed: set[int] = set()
    for group in groups_of(services, over):
        store = partial(_close, services=services, group=group, trials=trials, now=now)
        closed |= guarded(set(), partial(services.database.run, store))
    return closed


def _close(
    connection: Connection,
    services: Services,
    group: Group,
    trials: Mapping[Place, Trial],
    now: datetime,
) -> set[int]:
    closed: set[int] = set()
    recovered: list[Incident] = []
    for incident in incidents.hold(connection, group.ids):
        ending = ending_of(connection, incident, trials)
        if ending is None:
            continue
        incidents.close(connection, incident, ending, now)
        closed.add(incident.incident_id)
        if ending is not Ending.ENDED:
            # What is left of it would wait for an incident that is not there any more.
            plan_failed_again(connection, incident, now)
        warned = _take_back(connection, services, incident, now)
        if ending is Ending.RECOVERED:
            detail = {"reason": incident.reason, "failing_since": incident.opened_at.isoformat()}
            emit(
                connection,
                incident.account_id,
                WebhookEvent.RECOVERED,
                incident.export_id,
                detail,
                now=now,
            )
        if warned and ending is Ending.RECOVERED:
            recovered.append(incident)
        log("incident_closed", export=incident.export_id, ending=str(ending))
    if recovered:
        queue_notice(connection, group, recovered, NoticeKind.RECOVERED, {}, now)
    return closed


def _take_back(
    connection: Connection, services: Services, incident: Incident, now: datetime
) -> bool:
    """Withdraw warnings that nobody got; True when somebody may have got the first one."""
    ids: Sequence[int] = [incident.incident_id]
    queued = [notice for _, notice in notices.of_incidents(connection, ids)]
    left = [each for each in queued if not _withdrawn(connection, services, each, ids, now)]
    got = (NoticeStatus.QUEUED, NoticeStatus.ACCEPTED)
    return any(each.kind is NoticeKind.FIRST and each.status in got for each in left)


def _withdrawn(
    connection: Connection, services: Services, notice: Notice, ids: Sequence[int], now: datetime
) -> bool:
    if notice.status is not NoticeStatus.QUEUED:
        return False
    lease = services.limits.lease
    withdrawn = notices.withdraw(connection, notice, ids, now, lease=lease)
    if withdrawn:
        log("notice_withdrawn", notice=notice.notice_id, kind=str(notice.kind))
    return withdrawn
