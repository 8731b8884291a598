"""What the commands show that list exports, runs and names of events."""

from dataclasses import asdict
from typing import Any

from functions.local.output import console, print_json, print_table
from shared.domain.pages import Page
from shared.jobs.list_exports import ExportRow
from shared.jobs.manage_exports import export_of
from shared.jobs.services import Services
from shared.ports import EventNames
from shared.state import runs
from shared.state.runs import Run

_NO_EXPORTS = "No exports yet; make one with the command export or recurring."


def show_exports(page: Page[ExportRow], account_id: int, *, filtered: bool, as_json: bool) -> None:
    """Exports page by page."""
    if as_json:
        content = [_export_json(row) for row in page.items]
        print_json({"exports": content, "next_page_token": page.next_page_token})
        return
    if not page.items:
        console.print("No exports like that." if filtered else _NO_EXPORTS)
        return
    columns = [
        "request id",
        "status",
        "health",
        "data",
        "format",
        "frequency",
        "next due",
        "bucket",
    ]
    rows = [
        [
            str(row.export.export_id),
            str(row.export.status),
            "" if row.health is None else str(row.health.state),
            str(row.export.spec.data_type),
            str(row.export.spec.format),
            str(row.export.spec.frequency),
            row.next_due_at,
            row.bucket_nickname or row.export.spec.bucket,
        ]
        for row in page.items
    ]
    print_table(f"Exports of account {account_id}", columns, rows)
    if page.next_page_token:
        console.print(f"More: --page-token {page.next_page_token}", soft_wrap=True)


def show_names(found: EventNames, *, as_json: bool) -> None:
    """Names of events, one a line."""
    if as_json:
        print_json({"events": list(found.names), "complete": found.complete})
        return
    for name in found.names:
        console.print(name, markup=False, soft_wrap=True)
    if not found.names:
        console.print("No such events yet; load some with the command load.")
    elif not found.complete:
        console.print("There are more: give the beginning of a name.", style="dim")


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


def _export_json(row: ExportRow) -> dict[str, Any]:
    return {
        "request_id": row.export.export_id,
        "name": row.export.name,
        "status": str(row.export.status),
        "health": None if row.health is None else str(row.health.state),
        "next_due_at": row.next_due_at,
        **row.export.spec.to_dict(),
    }


def _run_json(run: Run) -> dict[str, Any]:
    shown = asdict(run)
    for hidden in ("manifest", "schema", "spec", "snapshot_id", "attempt", "run_id"):
        del shown[hidden]
    return shown
