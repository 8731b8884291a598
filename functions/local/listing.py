"""The commands that show what is: exports and their runs."""

from dataclasses import asdict
from typing import Any

from functions.local.output import console, print_json, print_table
from shared.jobs.manage_exports import export_of
from shared.jobs.services import Services
from shared.state import exports, runs
from shared.state.runs import Run


def list_exports(services: Services, account_id: int, *, as_json: bool) -> None:
    """All exports of the account, newest first."""
    found = services.database.run(lambda c: exports.list_all(c, account_id))
    if as_json:
        content = [
            {
                "request_id": export.export_id,
                "status": str(export.status),
                "next_due_at": export.next_due_at,
                **export.spec.to_dict(),
            }
            for export in found
        ]
        print_json({"exports": content})
        return
    if not found:
        console.print("No exports yet; make one with the command export or recurring.")
        return
    columns = ["request id", "status", "data", "format", "frequency", "next due", "bucket"]
    rows = [
        [
            str(export.export_id),
            str(export.status),
            str(export.spec.data_type),
            str(export.spec.format),
            str(export.spec.frequency),
            export.next_due_at,
            export.spec.bucket,
        ]
        for export in found
    ]
    print_table(f"Exports of account {account_id}", columns, rows)


def list_runs(services: Services, account_id: int, request_id: int, *, as_json: bool) -> None:
    """The runs of one export in the order of their windows."""
    export_of(services, account_id, request_id)
    found = services.database.run(lambda c: runs.list_for_export(c, account_id, request_id))
    if as_json:
        print_json({"request_id": request_id, "runs": [_run_json(run) for run in found]})
        return
    if not found:
        console.print("No runs yet; run the command tick once a window is due.")
        return
    columns = ["stamp", "kind", "window start", "window end", "status", "rows", "rejected", "error"]
    rows = [
        [
            str(run.stamp),
            str(run.kind),
            run.window.start_at,
            run.window.end_at,
            str(run.status),
            run.rows_written,
            run.rows_rejected,
            run.error_reason,
        ]
        for run in found
    ]
    print_table(f"Runs of export {request_id}", columns, rows)


def _run_json(run: Run) -> dict[str, Any]:
    shown = asdict(run)
    for hidden in ("manifest", "schema", "spec", "snapshot_id", "attempt", "run_id"):
        del shown[hidden]
    return shown
