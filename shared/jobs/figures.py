"""Gathers the figures of one account or of all, and writes those of all to the log."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from shared.domain.figures import Figures, LateExport, Unwarned, Waiting, merged, together
from shared.domain.health import LATE_AFTER
from shared.jobs.recounts_view import DAYS
from shared.jobs.services import Services
from shared.logs import log
from shared.reasons import MAIL_ALL_REFUSED, MAIL_NO_RECIPIENT
from shared.state import figures, imports, unwarned

DEAD_LETTERS_WITHIN = timedelta(days=1)
# A look of the monitor counts the rows of what was due since the one before it.
ROWS_OF_A_LOOK = timedelta(hours=1)
# Late and unwarned exports that have a line of their own; the figures count all of them.
LATE_SHOWN = 50


def figures_of(
    services: Services,
    connection: Connection,
    now: datetime,
    account_id: int | None = None,
    *,
    rows_within: timedelta | None = None,
) -> Figures:
    """The figures of the account, or of all.

    Rows, of windows that were due within so long, and completeness are left out where nobody asks
    for them: they are the only ones that cost something on a day on which all is well.
    """
    rows = complete = None
    if rows_within is not None:
        rows = figures.rows_delivered(connection, now - rows_within, account_id=account_id)
        since = (now - timedelta(days=DAYS)).date()
        complete = together(figures.completeness(connection, since, account_id))
    letters = None
    if account_id is None:
        letters = figures.dead_letters_since(connection, now - DEAD_LETTERS_WITHIN)
    return Figures(
        late=_late(services, connection, now, account_id),
        incidents_open=figures.incidents_open(connection, account_id),
        notices=figures.notices_waiting(connection, account_id),
        webhook_messages=figures.messages_waiting(connection, account_id),
        dead_letters=letters,
        rows_delivered=rows,
        completeness=complete,
        imports_failing=imports.count_failing(connection, account_id),
        unwarned=_unwarned(connection, account_id),
    )


def write_metrics(services: Services, now: datetime, *, whole: bool = False) -> Figures:
    """Write one line `metrics` about all accounts, where metrics and alerts read it.

    The tick writes every minute what costs little; the monitor every hour the `whole`: rows and
    completeness too, and a line `export_late` for each of the latest exports, and one
    `nobody_to_warn` for each that fails without anybody who could be told.
    """
    within = ROWS_OF_A_LOOK if whole else None
    found = services.database.run(lambda c: figures_of(services, c, now, rows_within=within))
    for late in found.late[:LATE_SHOWN] if whole else ():
        log(
            "export_late",
            account=late.account_id,
            export=late.export_id,
            windows=late.windows,
            lag_s=int(late.lag(now).total_seconds()),
            reason=late.reason,
        )
    for each in found.unwarned[:LATE_SHOWN] if whole else ():
        log("nobody_to_warn", account=each.account_id, export=each.export_id, reason=each.reason)
    log("metrics", **numbers(found, now))
    return found


def numbers(found: Figures, now: datetime) -> dict[str, Any]:
    """The figures as the log and programs name them; those that nobody counted are left out."""
    share = None if found.completeness is None else round(found.completeness.share, 6)
    every = {
        "exports_late": len(found.late),
        "windows_late": found.windows_late,
        "lag_s": int(found.lag(now).total_seconds()),
        "incidents_open": found.incidents_open,
        "exports_unwarned": len(found.unwarned),
        "imports_failing": found.imports_failing,
        "dead_letters": found.dead_letters,
        "notices_waiting": found.notices.count,
        "notices_oldest_s": _age_s(found.notices, now),
        "webhook_messages_waiting": found.webhook_messages.count,
        "webhook_messages_oldest_s": _age_s(found.webhook_messages, now),
        "rows_delivered": found.rows_delivered,
        "completeness": share,
    }
    return {name: value for name, value in every.items() if value is not None}


def _late(
    services: Services, connection: Connection, now: datetime, account_id: int | None
) -> tuple[LateExport, ...]:
    """Exports with windows that should have been delivered, the latest first."""
    due_before = now - LATE_AFTER
    recorded = figures.late_runs(
        connection,
        due_before,
        failures_since=now - services.watching.failures_reach,
        account_id=account_id,
    )
    return merged([*recorded, *figures.unrecorded(connection, due_before, account_id=account_id)])


def _unwarned(connection: Connection, account_id: int | None) -> tuple[Unwarned, ...]:
    """Exports whose newest e-mail was refused by all, or waits for somebody to write to."""
    found = {}
    for told in unwarned.untold(connection, account_id):
        if told.refused or told.error == MAIL_NO_RECIPIENT.code:
            reason = MAIL_ALL_REFUSED if told.refused else MAIL_NO_RECIPIENT
            found[told.export_id] = Unwarned(told.account_id, told.export_id, reason.code)
    return tuple(found.values())


def _age_s(waiting: Waiting, now: datetime) -> int:
    """How long the oldest has waited; 0 when nothing waits."""
    if waiting.since is None:
        return 0
    return max(0, int((now - waiting.since).total_seconds()))
