"""Stops an export within a transaction: a member's wish, or the end of an incident."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from shared.domain.members import Actor
from shared.domain.webhooks import WebhookEvent
from shared.jobs.audit import record_audit
from shared.jobs.services import Services
from shared.jobs.webhooks import emit
from shared.state import exports, runs
from shared.state.runs import Run


def stop_within(
    connection: Connection,
    actor: Actor,
    account_id: int,
    export_id: int,
    *,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
) -> list[Run]:
    """Stop the export for good; gives the undelivered runs, which are cancelled with it.

    A slice that is being written ends before its next file.
    """
    exports.stop(connection, account_id, export_id, now)
    ids = runs.ids_to_stop(connection, account_id, export_id)
    stopped = [run_id for run_id in ids if runs.stop(connection, account_id, run_id, now)]
    found = [runs.get(connection, account_id, run_id) for run_id in stopped]
    said = {"runs_cancelled": len(stopped), **(detail or {})}
    record_audit(connection, actor, account_id, "exports.stop", str(export_id), said, now=now)
    emit(connection, account_id, WebhookEvent.STOPPED, export_id, said, now=now)
    return [run for run in found if run is not None]


def drop_snapshots(services: Services, cancelled: Iterable[Run]) -> None:
    """Let go of what the cancelled runs froze, after the transaction."""
    for run in cancelled:
        if run.snapshot_id is not None:
            services.warehouse.drop_snapshot(run.snapshot_id)
