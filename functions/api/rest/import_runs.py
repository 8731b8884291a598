"""Import runs: what each one did, and the rows that it rejected."""

from typing import Any

from pydantic import Field

from functions.api.rest.import_answers import ImportRunOut, import_run_out
from functions.api.rest.import_models import ImportRunPath
from functions.api.rest.models import Output
from functions.api.rest.routes import Call, Resource
from shared.jobs import list_imports as lists

import_runs = Resource(
    "Import runs",
    "One run of an import. Rows that were not taken are counted by reason, and the first ten "
    "thousand of them are kept with their values.",
)


class RejectOut(Output):
    """One row that was not taken."""

    row: int = Field(description="From 1, in the order in which the run read its rows.")
    reason: str
    values: dict[str, Any] | None = Field(description="Its first columns, long values cut off.")


class RejectsOut(Output):
    """The rejected rows of a run that are kept."""

    rows_rejected: int = Field(description="How many there were; the first ones are kept.")
    items: list[RejectOut]
    removed: bool = Field(
        description="Whether the rows were removed, which is done after 90 days; how many there "
        "were and why stays with the run."
    )


@import_runs.get("/accounts/<id:account_id>/import-runs/<id:import_run_id>", "imports.get")
def get_import_run(call: Call, path: ImportRunPath) -> ImportRunOut:
    """Show an import run."""
    return import_run_out(lists.get_import_run(call.services, path.account_id, path.import_run_id))


@import_runs.get("/accounts/<id:account_id>/import-runs/<id:import_run_id>/rejects", "imports.get")
def download_rejects(call: Call, path: ImportRunPath) -> RejectsOut:
    """Download the rows that an import run rejected, with their reasons."""
    run = lists.get_import_run(call.services, path.account_id, path.import_run_id)
    lines = lists.rejected_lines(call.services, path.account_id, path.import_run_id)
    items = [RejectOut.model_validate_json(line) for piece in lines for line in piece.splitlines()]
    removed = run.rows_rejected > 0 and not items
    return RejectsOut(rows_rejected=run.rows_rejected, items=items, removed=removed)
