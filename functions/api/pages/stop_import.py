"""Stop import: one question, then back to Imports with its message."""

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.pages.frame import show_with
from functions.api.pages.visits import Visit, go, page
from shared.errors import SluiceError
from shared.jobs.manage_imports import import_of
from shared.jobs.manage_imports import stop_import as stop


@page("/imports/<id:import_id>/stop", "imports.stop", methods=("GET", "POST"))
def stop_import(visit: Visit, import_id: int) -> ResponseReturnValue:
    """Ask once, then stop the import for good."""
    found = import_of(visit.services, visit.account_id, import_id)
    error = None
    if request.method == "POST":
        try:
            stop(visit.services, visit.account_id, import_id, actor=visit.actor)
            return go("imports", "import-stop")
        except SluiceError as refused:
            error = refused
    return show_with(
        "stop_import.html",
        error,
        import_id=import_id,
        nickname=found.spec.nickname,
    )
