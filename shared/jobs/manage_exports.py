"""What people do with exports: create, edit, stop; the rules are the domain's."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from shared.domain.edits import checked_name
from shared.domain.exports import (
    ExportSpec,
    Frequency,
    check_create,
    check_edit,
    check_editable,
    check_stop,
    edited,
    new_spec,
)
from shared.domain.members import COMMAND_LINE, Actor, require
from shared.domain.runs import RunKind
from shared.domain.webhooks import WebhookEvent
from shared.domain.windows import (
    close_at,
    first_cursor,
    next_due_at,
    one_time_bounds,
    settle_delay,
)
from shared.errors import Conflict
from shared.jobs.audit import record_audit
from shared.jobs.check_export import (
    check_flags,
    check_source,
    check_source_and_target,
    is_saved,
    keep_bucket,
)
from shared.jobs.lookup import account_of, existing_export, export_of
from shared.jobs.schedule import windows_of
from shared.jobs.services import Services
from shared.jobs.stop_within import drop_snapshots, stop_within
from shared.jobs.webhooks import emit
from shared.state import exports, runs
from shared.state.exports import Export
from shared.state.runs import Run

__all__ = [
    "account_of",
    "check_source",
    "check_source_and_target",
    "create_export",
    "edit_export",
    "export_of",
    "stop_export",
]


def create_export(
    services: Services,
    account_id: int,
    *,
    actor: Actor = COMMAND_LINE,
    name: str | None = None,
    **choices: Any,
) -> Export:
    """Create an export from a person's choices; a one-time export gets its run at once.

    By its `name`, which the account may have once, a file that declares exports finds it again.
    Raises InvalidInput or NotAllowed, and then nothing was made.
    """
    require(actor, "exports.create")
    if name is not None:
        checked_name(name)
    now = services.clock()
    account = account_of(services, account_id)
    spec = new_spec(account, now=now, **choices)
    saved = is_saved(services, account_id, spec)
    check_source_and_target(services, account_id, spec)

    def store(connection: Connection) -> Export:
        check_flags(connection, account_id, spec)
        keep_bucket(connection, account_id, spec, saved=saved)
        if spec.data_type.is_profiles and spec.frequency is Frequency.ONE_TIME:
            scheduled = exports.recurring_profiles(connection, account_id)
            check_create(spec, recurring_profiles=scheduled)
        cursor_at = due_at = None
        if spec.frequency is not Frequency.ONE_TIME:
            cursor_at = first_cursor(spec)
            due_at = next_due_at(spec, cursor_at, settle=settle_delay(spec.frequency))
        export = exports.insert(
            connection,
            account_id,
            spec,
            now=now,
            cursor_at=cursor_at,
            next_due_at=due_at,
            created_by=actor.email,
            name=name,
        )
        target = str(export.export_id)
        made = spec.to_dict()
        record_audit(connection, actor, account_id, "exports.create", target, made, now=now)
        if spec.frequency is Frequency.ONE_TIME:
            runs.record(connection, [_one_time_run(export, now)])
        emit(connection, account_id, WebhookEvent.INITIATED, export.export_id, now=now)
        return export

    return services.database.run(store)


def edit_export(
    services: Services,
    account_id: int,
    export_id: int,
    *,
    actor: Actor = COMMAND_LINE,
    **changes: Any,
) -> Export:
    """Change an export; it applies from the next run. A live export's window ends at once.

    Raises InvalidInput or NotAllowed, and then nothing was changed.
    """
    require(actor, "exports.edit")
    now = services.clock()
    account = account_of(services, account_id)
    before = export_of(services, account_id, export_id)
    # First of all: of what has ended no other setting needs to be mended.
    check_editable(before.spec, before.status)
    spec = edited(account, before.spec, **changes)
    check_edit(before.spec, spec, before.status)
    saved = is_saved(services, account_id, spec)
    if replace(spec, send_to=before.spec.send_to) != before.spec:
        # Whom to write to can be changed above all while the bucket is broken.
        check_source_and_target(services, account_id, spec)

    def store(connection: Connection) -> bool:
        keep_bucket(connection, account_id, spec, saved=saved)
        cursor_at = before.cursor_at
        if before.spec.frequency is Frequency.LIVE and cursor_at is not None:
            closed = close_at(before.spec, cursor_at, now)
            runs.record(connection, windows_of(before, closed))
            cursor_at = closed[-1].end_at if closed else cursor_at
        due_at = None
        if cursor_at is not None:
            due_at = next_due_at(spec, cursor_at, settle=settle_delay(spec.frequency))
        stored = exports.set_spec(connection, before, spec, cursor_at=cursor_at, next_due_at=due_at)
        if not stored:
            raise Conflict(
                f"The export {export_id} changed while you edited it; look at it and edit again."
            )
        changed = _difference(before.spec, spec)
        target = str(export_id)
        record_audit(connection, actor, account_id, "exports.edit", target, changed, now=now)
        return stored

    services.database.run(store)
    return export_of(services, account_id, export_id)


def stop_export(
    services: Services, account_id: int, export_id: int, *, actor: Actor = COMMAND_LINE
) -> int:
    """Stop an export for good and cancel what is undelivered; gives the number of runs cancelled.

    A slice that is being written ends before its next file.
    """
    require(actor, "exports.stop")
    now = services.clock()

    def store(connection: Connection) -> list[Run]:
        check_stop(existing_export(connection, account_id, export_id).status)
        return stop_within(connection, actor, account_id, export_id, now=now)

    cancelled = services.database.run(store)
    drop_snapshots(services, cancelled)
    return len(cancelled)


def _difference(before: ExportSpec, after: ExportSpec) -> dict[str, Any]:
    """What an edit changed, each as [before, after]."""
    old, new = before.to_dict(), after.to_dict()
    return {name: [old[name], new[name]] for name in old if old[name] != new[name]}


def _one_time_run(export: Export, now: datetime) -> runs.NewRun:
    return runs.NewRun(
        account_id=export.account_id,
        export_id=export.export_id,
        kind=RunKind.ONE_TIME,
        window=one_time_bounds(export.spec),
        stamp=int(now.timestamp()),
        due_at=now,
    )
