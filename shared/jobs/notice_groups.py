"""One e-mail for a broken bucket, however many exports it has: who is told of what, and how."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection

from shared.domain.incidents import Incident, NoticeKind, stops_at
from shared.domain.members import Role
from shared.jobs.services import Services
from shared.logs import log
from shared.state import export_lists, incidents, members, notices
from shared.state.notices import NewNotice

T = TypeVar("T")
Times = Mapping[NoticeKind, datetime | None]


class Group(NamedTuple):
    """Incidents that one e-mail tells of: of one account, one bucket and one creator."""

    account_id: int
    bucket: str
    created_by: str | None
    incidents: tuple[Incident, ...]

    @property
    def ids(self) -> list[int]:
        """The ids of its incidents."""
        return [incident.incident_id for incident in self.incidents]


def groups_of(services: Services, found: Collection[Incident]) -> list[Group]:
    """The incidents, as e-mails tell of them, each group as many as one transaction takes."""
    size = services.watching.incidents_at_once
    by_id = {incident.incident_id: incident for incident in found}
    sorted_by: dict[tuple[int, str, str | None], list[Incident]] = {}
    for ids in _parts(list(by_id), size):
        made = services.database.run(partial(incidents.makers, ids=ids))
        for incident_id, (created_by, _) in made.items():
            incident = by_id[incident_id]
            key = (incident.account_id, incident.bucket, created_by)
            sorted_by.setdefault(key, []).append(incident)
    return [
        Group(*key, tuple(part))
        for key, each in sorted_by.items()
        # Exports are locked in the order of their ids, as a tick locks them.
        for part in _parts(sorted(each, key=lambda incident: incident.export_id), size)
    ]


def queue_notice(
    connection: Connection,
    group: Group,
    told: Sequence[Incident],
    kind: NoticeKind,
    times: Mapping[int, Times],
    now: datetime,
) -> int:
    """Queue the e-mail about those of the group's incidents that are to be told of."""
    ids = [incident.export_id for incident in told]
    made = incidents.makers(connection, [incident.incident_id for incident in told])
    until = export_lists.delivered_until(connection, group.account_id, ids)
    notice_id = notices.queue(
        connection,
        NewNotice(
            account_id=group.account_id,
            kind=kind,
            to=recipients(connection, group.account_id, group.created_by),
            bucket=group.bucket,
            reason=told[0].reason,
            incident_ids=tuple(incident.incident_id for incident in told),
            detail={
                "exports": [_said(each, made[each.incident_id][1], until) for each in told],
                "stops_at": min(
                    stops_at(times.get(each.incident_id, {}), now) for each in told
                ).isoformat(),
            },
        ),
        now,
    )
    log("notice_queued", notice=notice_id, kind=str(kind), exports=len(told))
    return notice_id


def recipients(connection: Connection, account_id: int, created_by: str | None) -> tuple[str, ...]:
    """Whom it concerns: the creator, or the admins where that is a key, a program or nobody."""
    if created_by is not None and "@" in created_by:
        return (created_by,)
    every = members.list_all(connection, account_id)
    return tuple(member.email for member in every if member.role is Role.ADMIN)


def _parts(found: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for first in range(0, len(found), size):
        yield found[first : first + size]


def _said(incident: Incident, name: str | None, until: Mapping[int, datetime]) -> dict[str, Any]:
    """What is known of one export at this moment."""
    delivered = until.get(incident.export_id)
    return {
        "export_id": incident.export_id,
        "name": name,
        "reason": incident.reason,
        "message": incident.message,
        "failing_since": incident.opened_at.isoformat(),
        "delivered_until": None if delivered is None else delivered.isoformat(),
    }
