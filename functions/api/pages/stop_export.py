"""Stop: one question, then back to Exports with its message."""

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.pages.frame import show_with
from functions.api.pages.visits import Visit, go, page
from shared.errors import SluiceError
from shared.jobs.manage_exports import export_of
from shared.jobs.manage_exports import stop_export as stop


@page("/exports/<id:export_id>/stop", "exports.stop", methods=("GET", "POST"))
def stop_export(visit: Visit, export_id: int) -> ResponseReturnValue:
    """Ask once, then stop the export for good."""
    export_of(visit.services, visit.account_id, export_id)
    error = None
    if request.method == "POST":
        try:
            stop(visit.services, visit.account_id, export_id, actor=visit.actor)
            return go("exports", "stopped")
        except SluiceError as refused:
            error = refused
    return show_with(
        "stop_export.html",
        error,
        export_id=export_id,
    )
