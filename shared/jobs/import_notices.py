"""Tells the creator of a scheduled import once that its runs fail, and once that they do not."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from shared.domain.import_notices import ImportNotice
from shared.domain.import_states import ImportStatus
from shared.jobs.notice_groups import recipients
from shared.logs import log
from shared.reasons import Blame, of
from shared.state import import_changes, imports, notices
from shared.state.imports import Import
from shared.state.notices import NewNotice, NoticeStatus


def tell_failed(
    connection: Connection, account_id: int, import_id: int, message: str, now: datetime
) -> None:
    """Queue the e-mail, in the transaction that ends the failed run and says why.

    Nothing when it was queued since the series began, when a run by hand failed, which whoever
    asked for it sees, or when it is not the customer who can mend it.
    """
    found = imports.hold(connection, account_id, import_id)
    if found is None or found.failure is None or found.warned_by is not None:
        return
    if found.status is not ImportStatus.SCHEDULED or of(found.failure).blame is not Blame.CUSTOMER:
        return
    notice_id = _queue(connection, found, ImportNotice.FAILED, found.failure, message, now)
    import_changes.set_warned_by(connection, account_id, import_id, notice_id)


def tell_works(connection: Connection, before: Import, now: datetime, *, lease: timedelta) -> None:
    """Queue the note that an import works again, in the transaction that ends the run.

    A warning that nobody got is withdrawn instead. `before` is the import as it failed, held.
    """
    if before.warned_by is None:
        return
    import_changes.set_warned_by(connection, before.account_id, before.import_id, None)
    warning = notices.get(connection, before.account_id, before.warned_by)
    if warning is None or warning.status is NoticeStatus.REFUSED:
        return
    if warning.status is NoticeStatus.QUEUED and notices.withdraw(
        connection, warning, [], now, lease=lease
    ):
        log("notice_withdrawn", notice=warning.notice_id, kind=str(warning.kind))
        return
    _queue(connection, before, ImportNotice.RECOVERED, warning.reason, "", now)


def _queue(
    connection: Connection,
    found: Import,
    kind: ImportNotice,
    reason: str,
    message: str,
    now: datetime,
) -> int:
    since = found.failing_since or now
    notice_id = notices.queue(
        connection,
        NewNotice(
            account_id=found.account_id,
            kind=kind,
            to=recipients(connection, found.account_id, found.created_by),
            bucket="",
            reason=reason,
            incident_ids=(),
            import_id=found.import_id,
            detail={
                "nickname": found.spec.nickname,
                "connection_id": found.spec.connection_id,
                "message": message,
                "failing_since": since.isoformat(),
            },
        ),
        now,
    )
    log("notice_queued", notice=notice_id, kind=str(kind), import_id=found.import_id)
    return notice_id
