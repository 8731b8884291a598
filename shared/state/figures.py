"""Figures in state: what is late, waits or was given up, of one account or of all of them."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal, select

from shared.domain.figures import LateExport, Waiting
from shared.domain.recounts import Completeness
from shared.domain.runs import OPEN_RUN, RunStatus
from shared.state import recounts
from shared.state.export_rows import LIVE_EXPORT
from shared.state.tables import dead_letters, exports, incidents, notices, runs, webhook_messages
from shared.state.undelivered import PLANNED_AGAIN, replaced

# A window is due minutes after its end, never days.
_SETTLED = timedelta(days=1)
_EVER = datetime(2000, 1, 1, tzinfo=UTC)
_LIVE = [str(status) for status in LIVE_EXPORT]
_UNDER_WAY = [str(status) for status in (RunStatus.PENDING, *OPEN_RUN)]


def late_runs(
    connection: Connection,
    due_before: datetime,
    *,
    failures_since: datetime,
    account_id: int | None = None,
) -> list[LateExport]:
    """Recorded windows of live exports that were due before then and are not delivered.

    Those that wait or are under way, and those that failed, which were due since the other moment.
    An export that was made later is not late: its first windows may reach back 60 days.
    """
    waiting = _late(literal(""), due_before, account_id).where(
        runs.c.status.in_(_UNDER_WAY), runs.c.due_at < due_before
    )
    failure = func.coalesce(func.max(runs.c.error_reason), "")
    failed = _late(failure, due_before, account_id).where(
        runs.c.status == str(RunStatus.FAILED),
        runs.c.due_at < due_before,
        runs.c.due_at >= failures_since,
        runs.c.kind.in_([str(kind) for kind in PLANNED_AGAIN]),
        ~replaced(),
    )
    return [
        LateExport(*row)
        for statement in (waiting, failed)
        for row in connection.execute(statement).all()
    ]


def unrecorded(
    connection: Connection, due_before: datetime, *, account_id: int | None = None
) -> list[LateExport]:
    """Exports of which a window was due before then and no tick has recorded it; one each."""
    conditions: list[ColumnElement[bool]] = [
        exports.c.next_due_at < due_before,
        exports.c.created_at < due_before,
        exports.c.status.in_(_LIVE),
    ]
    if account_id is not None:
        conditions.append(exports.c.account_id == account_id)
    columns = exports.c.account_id, exports.c.export_id, exports.c.next_due_at
    rows = connection.execute(select(*columns).where(*conditions))
    return [LateExport(row[0], row[1], 1, row[2]) for row in rows]


def incidents_open(connection: Connection, account_id: int | None = None) -> int:
    """How many exports cannot be delivered until their customers act."""
    conditions = [
        incidents.c.closed_at.is_(None),
        # All of them: so that the index of open ones is looked into, which is short.
        incidents.c.export_id > 0,
    ]
    if account_id is not None:
        conditions.append(incidents.c.account_id == account_id)
    return _count(connection, select(func.count()).select_from(incidents).where(*conditions))


def notices_waiting(connection: Connection, account_id: int | None = None) -> Waiting:
    """E-mails that no server has taken or refused yet."""
    return _waiting(connection, notices, account_id)


def messages_waiting(connection: Connection, account_id: int | None = None) -> Waiting:
    """Messages to webhooks that were neither taken nor given up."""
    return _waiting(connection, webhook_messages, account_id)


def dead_letters_since(connection: Connection, moment: datetime) -> int:
    """Messages that the queue gave up since then."""
    return _count(
        connection,
        select(func.count()).select_from(dead_letters).where(dead_letters.c.received_at >= moment),
    )


def rows_delivered(
    connection: Connection, due_since: datetime, *, account_id: int | None = None
) -> int:
    """Rows of delivered windows that were due since then."""
    statement = select(func.sum(runs.c.rows_written)).where(
        runs.c.status == str(RunStatus.DONE), runs.c.due_at >= due_since
    )
    if account_id is not None:
        # A window was due after its end, so the index of the export's deliveries finds it.
        statement = _of_account(statement, account_id).where(
            runs.c.window_end_at >= due_since - _SETTLED
        )
    return _count(connection, statement)


def completeness(
    connection: Connection, since: date, account_id: int | None = None
) -> list[Completeness]:
    """Of each export that still delivers windows, for the days since then that were recounted."""
    # All that have a next window, by the index of those.
    statement = select(exports.c.account_id, exports.c.export_id).where(
        exports.c.next_due_at > _EVER, exports.c.status.in_(_LIVE)
    )
    if account_id is not None:
        statement = statement.where(exports.c.account_id == account_id)
    of_account: dict[int, list[int]] = defaultdict(list)
    for row in connection.execute(statement):
        of_account[row.account_id].append(row.export_id)
    return [
        each
        for owner, ids in of_account.items()
        for each in recounts.completeness(connection, owner, ids, since=since).values()
    ]


def _late(reason: ColumnElement[str], made_before: datetime, account_id: int | None) -> Select[Any]:
    columns = runs.c.account_id, runs.c.export_id, func.count(), func.min(runs.c.due_at)
    statement = select(*columns, reason).group_by(runs.c.account_id, runs.c.export_id)
    live = exports.c.status.in_(_LIVE), exports.c.created_at < made_before
    if account_id is not None:
        return _of_account(statement, account_id, *live)
    found = select(1).where(exports.c.export_id == runs.c.export_id, *live)
    return statement.where(found.exists())


def _of_account(
    statement: Select[Any], account_id: int, *wanted: ColumnElement[bool]
) -> Select[Any]:
    """By way of the account's exports, each of which has an index of its runs."""
    ids = select(exports.c.export_id).where(exports.c.account_id == account_id, *wanted)
    return statement.where(runs.c.account_id == account_id, runs.c.export_id.in_(ids))


def _waiting(connection: Connection, table: Any, account_id: int | None) -> Waiting:
    statement = select(func.count(), func.min(table.c.queued_at)).where(table.c.status == "QUEUED")
    if account_id is not None:
        statement = statement.where(table.c.account_id == account_id)
    count, since = connection.execute(statement).one()
    return Waiting(int(count), since)


def _count(connection: Connection, statement: Select[Any]) -> int:
    return int(connection.scalar(statement) or 0)
