"""How an export is, from what lists know of it anyway."""

from collections.abc import Sequence
from datetime import datetime

from shared.domain.exports import ExportStatus
from shared.domain.health import Health, health_of
from shared.domain.incidents import Incident
from shared.domain.runs import ENDED_RUN, RunStatus
from shared.domain.windows import next_due_at, settle_delay
from shared.state.exports import Export
from shared.state.run_lists import Outcome, RunSummary


def last_ended(found: Sequence[Outcome]) -> Outcome | None:
    """The newest of these runs that has ended; they are given the newest first."""
    return next((run for run in found if run.status in ENDED_RUN), None)


def export_health(
    export: Export,
    incident: Incident | None,
    last: RunSummary | None,
    delivered_until: datetime | None,
    now: datetime,
) -> Health | None:
    """Fine, late or failing; None for an export that has ended.

    `last` is the newest run that has ended, `delivered_until` up to when all is delivered.
    """
    if export.status in (ExportStatus.STOPPED, ExportStatus.DONE):
        return None
    failing = None
    if incident is not None:
        failing = incident.opened_at, incident.reason
    elif last is not None and last.status is RunStatus.FAILED:
        failed_at = last.finished_at or last.due_at
        failing = failed_at, last.error_reason or ""
    due_at = None
    if delivered_until is not None:
        settle = settle_delay(export.spec.frequency)
        # A window from before the export was made is not due before that.
        due_at = max(next_due_at(export.spec, delivered_until, settle=settle), export.created_at)
    return health_of(failing=failing, due_at=due_at, now=now)
