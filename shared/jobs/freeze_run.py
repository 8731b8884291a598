"""The first step of a plan: fixes a run's settings and the moment as of which it reads."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from shared.domain.exports import ExportSpec, ExportStatus
from shared.domain.runs import RunKind, RunStatus
from shared.errors import OurFault
from shared.jobs.forgotten import forgotten_delivery
from shared.jobs.services import Services
from shared.jobs.window_deliveries import supplement_spec
from shared.logs import log
from shared.state import accounts, exports, runs
from shared.state.exports import Export
from shared.state.runs import Run

# Reading as of a moment that the warehouse is about to forget may not come to its end.
ROOM = timedelta(days=1)


def freeze_run(services: Services, run: Run, attempt: int) -> bool:
    """Fix them under the planner's lease; edits apply to later runs. False when it lost the run.

    A delivery that state has forgotten is made again as it was, so that its files are the same.
    """
    fresh = services.warehouse.freeze(services.clock())
    adopted = _adopted(services, run, fresh)

    def store(connection: Connection) -> bool:
        export = exports.get(connection, run.account_id, run.export_id)
        account = accounts.get(connection, run.account_id)
        if export is None or account is None:
            raise OurFault("The run's export or account is gone.", reason="export-gone")
        if export.status is ExportStatus.STOPPED:
            # Recorded while the export was being stopped, so the stop did not see it.
            return not runs.stop(connection, run.account_id, run.run_id, services.clock())
        exports.set_status(connection, run.account_id, run.export_id, ExportStatus.RUNNING)
        usual = {"spec": _spec_of(connection, run, export).to_dict(), "freeze_at": fresh}
        return runs.move(
            connection,
            run.account_id,
            run.run_id,
            expected=[RunStatus.PENDING],
            attempt=attempt,
            status=str(RunStatus.PLANNING),
            database_id=account.database_id,
            started_at=services.clock(),
            **usual | adopted,
        )

    return services.database.run(store)


def _adopted(services: Services, run: Run, fresh: datetime) -> dict[str, Any]:
    """What the run takes over of a delivery of its window that lies in the bucket."""
    spec = services.database.run(lambda c: _current_spec(c, run))
    found = None if spec is None else forgotten_delivery(services, run, spec)
    if found is None:
        return {}
    log("delivery_found", run=run.run_id, export=run.export_id)
    oldest = fresh - services.limits.time_travel + ROOM
    return {
        "stamp": found.stamp,
        "replaces_stamp": found.replaces_stamp,
        "spec": found.spec.to_dict(),
        # What came since was not in it; comparing tells where that can not be read any more.
        "freeze_at": found.snapshot_at if oldest <= found.snapshot_at <= fresh else fresh,
    }


def _current_spec(connection: Connection, run: Run) -> ExportSpec | None:
    export = exports.get(connection, run.account_id, run.export_id)
    return None if export is None else _spec_of(connection, run, export)


def _spec_of(connection: Connection, run: Run, export: Export) -> ExportSpec:
    if run.kind is RunKind.SUPPLEMENT:
        return supplement_spec(connection, run, export.spec)
    return export.spec
