"""What the end of a run changes beside the run, and what webhooks are told of it."""

from typing import Any

from sqlalchemy import Connection

from shared.domain.exports import ExportStatus
from shared.domain.runs import export_status
from shared.state import exports, runs
from shared.state.runs import Run


def told_of(run: Run) -> dict[str, Any]:
    """What webhooks are told of a run."""
    window = run.window
    return {
        "run_id": run.run_id,
        "run_stamp": run.stamp,
        "window_start": window.start_at.isoformat(),
        "window_end": window.end_at.isoformat(),
    }


def refresh_status(connection: Connection, run: Run) -> None:
    """Let the export show what its runs do now."""
    export = exports.get(connection, run.account_id, run.export_id)
    if export is None:
        return
    open_runs, done_runs = runs.count_open_and_done(connection, run.account_id, run.export_id)
    status = export_status(
        export.spec.frequency,
        stopped=export.status is ExportStatus.STOPPED,
        open_runs=open_runs,
        done_runs=done_runs,
    )
    exports.set_status(connection, run.account_id, run.export_id, status)
