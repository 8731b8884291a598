"""Shows imports, their runs, and the rows that were rejected."""

import sys
from collections.abc import Sequence
from typing import Any

from functions.local.output import console, errors, print_json, print_table
from shared.errors import NotFound
from shared.jobs.list_imports import ImportView, get_import_run, list_import_runs, rejected_lines
from shared.jobs.services import Services
from shared.state import imports
from shared.state.import_runs import ImportRun
from shared.state.imports import Import


def import_named(services: Services, account_id: int, nickname: str) -> Import:
    """The import; raises NotFound."""
    found = services.database.run(lambda c: imports.find_named(c, account_id, nickname))
    if found is None:
        raise NotFound("There is no such import; list them with the command import list.")
    return found


def show_imports(found: Sequence[ImportView], *, as_json: bool) -> None:
    """All imports with their health."""
    if as_json:
        print_json({"imports": [_import(view) for view in found]})
        return
    if not found:
        console.print("No imports yet; make one with the command import create.")
        return
    rows = []
    for view in found:
        health = view.found.health
        percent = "" if health.percent is None else f"{health.percent:g} %"
        next_at = view.found.next_run_at
        rows.append(
            [view.found.spec.nickname, str(view.status), percent, health.words, view.connection,
             view.found.last_run_at, next_at]
        )  # fmt: skip
    columns = ["import", "status", "health", "", "connection", "last run", "next run"]
    print_table("Imports", columns, rows)


def show_runs(services: Services, account_id: int, nickname: str, *, as_json: bool) -> None:
    """The runs of an import, the newest first."""
    found = import_named(services, account_id, nickname)
    page = list_import_runs(services, account_id, found.import_id)
    if as_json:
        print_json({"runs": [run_shown(run) for run in page.items]})
        return
    rows = [
        [run.run_id, str(run.status), run.rows_read, run.rows_new, run.rows_rejected,
         run.finished_at, run.error_message]
        for run in page.items
    ]  # fmt: skip
    columns = ["run", "status", "read", "new", "rejected", "ended", "error"]
    print_table(f"Runs of {nickname}", columns, rows)


def print_rejects(services: Services, account_id: int, run_id: int) -> None:
    """The rejected rows of a run, piece by piece."""
    rejected, shown = get_import_run(services, account_id, run_id).rows_rejected, False
    for piece in rejected_lines(services, account_id, run_id):
        sys.stdout.write(piece.decode())
        shown = True
    if rejected and not shown:
        errors.print(
            f"The {rejected:,} rejected rows were removed after 90 days; the run still says why."
        )


def run_shown(run: ImportRun) -> dict[str, Any]:
    """What anybody may see of a run."""
    names = ("run_id", "status", "rows_read", "rows_new", "rows_rejected", "rejected_by_reason",
             "error_reason", "error_message", "finished_at")  # fmt: skip
    return {name: getattr(run, name) for name in names}


def _import(view: ImportView) -> dict[str, Any]:
    found = view.found
    return {
        "nickname": found.spec.nickname,
        "status": view.status,
        "health": found.health.percent,
        "connection": view.connection,
        "next_run_at": found.next_run_at,
        "watermark": None if found.watermark is None else found.watermark.shown,
    }
