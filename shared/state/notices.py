"""Notices in state: the outbox of e-mails, each queued once and sent until a server accepts it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update

from shared.domain.incidents import NoticeKind
from shared.state.leases import unleased
from shared.state.notice_rows import (
    Kind,
    NewNotice,
    Notice,
    NoticeStatus,
    get,
    incidents_of,
    notice_of_row,
    of_incidents,
    page,
)
from shared.state.tables import notice_incidents, notices

__all__ = [
    "Kind",
    "NewNotice",
    "Notice",
    "NoticeStatus",
    "claim_due",
    "get",
    "incidents_of",
    "mark_accepted",
    "mark_refused",
    "of_incidents",
    "page",
    "postpone",
    "queue",
    "withdraw",
]

# A mail server that is away for days is asked at least this often. A next try that lies further
# ahead was set before the clock was set back, and is due.
PAUSE_MAX = timedelta(hours=6)
# Made once: aliases of so many columns cost more than all else of their statement.
_MINE, _THEIRS = notice_incidents.alias("mine"), notice_incidents.alias("theirs")
_EARLIER = notices.alias("earlier")


def queue(connection: Connection, new: NewNotice, now: datetime) -> int:
    """Queue one e-mail about these incidents, an import or a webhook; gives its id.

    The caller holds the incidents and has seen that none has a notice of this kind: if one has,
    the key of `notice_incidents` fails the whole transaction, so that nothing is sent twice. Of an
    import he holds the row, which says whether it was told of, and of a webhook he switches it.
    """
    about = new.import_id if new.import_id is not None else min(new.incident_ids, default=0)
    values = {
        "account_id": new.account_id,
        "kind": str(new.kind),
        "to": list(new.to),
        "bucket": new.bucket,
        "reason": new.reason,
        "message_id": f"{str(new.kind).lower()}.{about}.{token_hex(8)}",
        "queued_at": now,
        "status": str(NoticeStatus.QUEUED),
        "next_try_at": now,
        "detail": dict(new.detail),
        "import_id": new.import_id,
    }
    statement = insert(notices).values(**values).returning(notices.c.notice_id)
    notice_id = int(connection.execute(statement).scalar_one())
    links = [
        {"incident_id": each, "kind": str(new.kind), "notice_id": notice_id}
        for each in new.incident_ids
    ]
    if links:
        connection.execute(insert(notice_incidents), links)
    return notice_id


def claim_due(
    connection: Connection, now: datetime, *, lease: timedelta, limit: int
) -> list[Notice]:
    """Take the lease of up to `limit` notices that are to be sent now, the oldest first.

    A notice waits while an earlier one about the same incident or import has not been accepted or
    refused, so that no two arrive in the wrong order. The lease has to be longer than the sending.
    """
    mine, theirs, earlier = _MINE, _THEIRS, _EARLIER
    waits_for = (
        select(1)
        .select_from(mine)
        .join(theirs, theirs.c.incident_id == mine.c.incident_id)
        .join(earlier, earlier.c.notice_id == theirs.c.notice_id)
        .where(
            mine.c.notice_id == notices.c.notice_id,
            earlier.c.notice_id < notices.c.notice_id,
            earlier.c.status == str(NoticeStatus.QUEUED),
        )
    )
    of_import = select(1).where(
        earlier.c.import_id == notices.c.import_id,
        earlier.c.notice_id < notices.c.notice_id,
        earlier.c.status == str(NoticeStatus.QUEUED),
    )
    due = (
        select(notices.c.notice_id)
        .where(
            notices.c.status == str(NoticeStatus.QUEUED),
            or_(notices.c.next_try_at <= now, notices.c.next_try_at > now + 2 * PAUSE_MAX),
            unleased(notices, now, lease),
            ~waits_for.exists(),
            ~of_import.exists(),
        )
        .order_by(notices.c.notice_id)
        .limit(limit)
        # Two senders at once take different ones.
        .with_for_update(skip_locked=True)
    )
    ids = list(connection.scalars(due))
    if not ids:
        return []
    rows = connection.execute(
        update(notices)
        .where(notices.c.notice_id.in_(ids))
        .values(attempts=notices.c.attempts + 1, lease_until=now + lease)
        .returning(*notices.c)
    )
    return sorted((notice_of_row(row) for row in rows), key=lambda notice: notice.notice_id)


def mark_accepted(connection: Connection, notice: Notice, now: datetime) -> bool:
    """Note that a server took the e-mail for somebody; False when that was known.

    Whichever try it was: what a server took is sent.
    """
    return _end(
        connection,
        notice,
        status=str(NoticeStatus.ACCEPTED),
        accepted_at=now,
        counts_from=now,
        error=None,
    )


def mark_refused(connection: Connection, notice: Notice, now: datetime, reason: str) -> bool:
    """Note that no address takes the e-mail, for good; False when the notice had ended."""
    return _end(connection, notice, status=str(NoticeStatus.REFUSED), next_try_at=now, error=reason)


def postpone(
    connection: Connection,
    notice: Notice,
    now: datetime,
    next_try_at: datetime,
    reason: str,
    *,
    uncertain: bool = False,
) -> bool:
    """Give the notice back to be tried again then; False when another try has taken over.

    `uncertain` when the server may have taken it: such a notice is never withdrawn.
    """
    values: dict[str, Any] = {"uncertain": True} if uncertain else {}
    changed = connection.execute(
        update(notices)
        .where(
            notices.c.account_id == notice.account_id,
            notices.c.notice_id == notice.notice_id,
            notices.c.status == str(NoticeStatus.QUEUED),
            notices.c.attempts == notice.attempts,
        )
        .values(
            lease_until=None,
            next_try_at=min(next_try_at, now + PAUSE_MAX),
            error=reason,
            **values,
        )
    )
    return changed.rowcount == 1


def withdraw(
    connection: Connection, notice: Notice, ids: Sequence[int], now: datetime, *, lease: timedelta
) -> bool:
    """Take incidents out of a notice that surely nobody got; False when somebody may have.

    With its last incident the notice itself is withdrawn, and stays as a record of that; of an
    import there are no incidents, and it is withdrawn at once.
    """
    statement = (
        select(notices.c.notice_id)
        .where(
            notices.c.account_id == notice.account_id,
            notices.c.notice_id == notice.notice_id,
            notices.c.status == str(NoticeStatus.QUEUED),
            notices.c.uncertain.is_(False),
            unleased(notices, now, lease),
        )
        .with_for_update()
    )
    if connection.scalar(statement) is None:
        return False
    links = notice_incidents.c
    connection.execute(
        delete(notice_incidents).where(
            links.notice_id == notice.notice_id, links.incident_id.in_(ids)
        )
    )
    if not incidents_of(connection, notice.notice_id):
        _end(connection, notice, status=str(NoticeStatus.WITHDRAWN))
    return True


def set_counts_from(connection: Connection, moments: Mapping[int, datetime]) -> None:
    """Let the time since these notices were accepted count from other moments."""
    for notice_id, moment in moments.items():
        connection.execute(
            update(notices).where(notices.c.notice_id == notice_id).values(counts_from=moment)
        )


def times_of(
    connection: Connection, incident_ids: Collection[int]
) -> dict[int, dict[NoticeKind, datetime | None]]:
    """What was queued about each incident, and from when its time counts once it was accepted."""
    found: dict[int, dict[NoticeKind, datetime | None]] = {each: {} for each in incident_ids}
    for incident_id, notice in of_incidents(connection, incident_ids):
        if isinstance(notice.kind, NoticeKind):
            found[incident_id][notice.kind] = notice.counts_from
    return found


def _end(connection: Connection, notice: Notice, **values: Any) -> bool:
    changed = connection.execute(
        update(notices)
        .where(
            notices.c.account_id == notice.account_id,
            notices.c.notice_id == notice.notice_id,
            notices.c.status == str(NoticeStatus.QUEUED),
        )
        .values(lease_until=None, **values)
    )
    return changed.rowcount == 1
