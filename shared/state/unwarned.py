"""Open incidents whose warning reaches nobody, so that their exports are never stopped either."""

from typing import NamedTuple

from sqlalchemy import Connection, select, update

from shared.state.notice_rows import IDS_PER_QUERY, Notice, NoticeStatus
from shared.state.tables import incidents, notice_incidents, notices

_REFUSED, _QUEUED = str(NoticeStatus.REFUSED), str(NoticeStatus.QUEUED)


class Told(NamedTuple):
    """What became of an e-mail about an export that fails."""

    account_id: int
    export_id: int
    notice_id: int
    refused: bool
    error: str | None


def untold(connection: Connection, account_id: int | None = None) -> list[Told]:
    """The e-mails about open incidents that nobody has taken, by export and age."""
    conditions = [
        incidents.c.closed_at.is_(None),
        # All of them: so that the index of open ones is looked into, which is short.
        incidents.c.export_id > 0,
    ]
    if account_id is not None:
        conditions.append(incidents.c.account_id == account_id)
    columns = incidents.c.incident_id, incidents.c.account_id, incidents.c.export_id
    rows = connection.execute(select(*columns).where(*conditions))
    failing = {row.incident_id: row for row in rows}
    ids, found = sorted(failing), []
    for first in range(0, len(ids), IDS_PER_QUERY):
        about = _notices_of(connection, ids[first : first + IDS_PER_QUERY])
        status = _untold(connection, {notice_id for _, notice_id in about})
        for incident_id, notice_id in about:
            if notice_id in status:
                of = failing[incident_id]
                found.append(Told(of.account_id, of.export_id, notice_id, *status[notice_id]))
    return sorted(found)


def _notices_of(connection: Connection, incident_ids: list[int]) -> list[tuple[int, int]]:
    columns = notice_incidents.c.incident_id, notice_incidents.c.notice_id
    statement = select(*columns).where(notice_incidents.c.incident_id.in_(incident_ids))
    return [(row.incident_id, row.notice_id) for row in connection.execute(statement)]


def _untold(connection: Connection, ids: set[int]) -> dict[int, tuple[bool, str | None]]:
    """Whether each that was not taken was refused, and why it waits."""
    columns = notices.c.notice_id, notices.c.status, notices.c.error
    rows = connection.execute(select(*columns).where(notices.c.notice_id.in_(ids))) if ids else ()
    return {
        row.notice_id: (row.status == _REFUSED, row.error)
        for row in rows
        if row.status in (_REFUSED, _QUEUED)
    }


def queue_again(connection: Connection, notice: Notice) -> None:
    """Let a refused notice be sent once more; what was said to each address stays known."""
    connection.execute(
        update(notices)
        .where(
            notices.c.account_id == notice.account_id,
            notices.c.notice_id == notice.notice_id,
            notices.c.status == _REFUSED,
        )
        .values(status=_QUEUED)
    )
