"""What changes a saved connection: its key is rotated, its imports are stopped, it is deleted."""

from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue

from functions.api.pages.connection import ONE
from functions.api.pages.connection_results import failed
from functions.api.pages.frame import show_with
from functions.api.pages.given_credentials import CUSTOM, UPLOAD, credentials_given
from functions.api.pages.imports import row_of
from functions.api.pages.visits import Visit, go, page, url
from shared.domain.import_states import BLOCKING
from shared.errors import SluiceError
from shared.jobs import manage_connections as jobs
from shared.jobs.bucket_credentials import ownership_proof
from shared.jobs.list_imports import list_imports
from shared.jobs.manage_imports import stop_all_imports
from shared.state.connections import SavedConnection


@page(ONE + "/rotate", "connections.rotate", methods=("GET", "POST"))
def rotate_connection(visit: Visit, connection_id: int) -> ResponseReturnValue:
    """Give it new credentials, which take the place of the old ones when they work."""
    saved = jobs.connection_of(visit.services, visit.account_id, connection_id)
    error = None
    if request.method == "POST":
        try:
            jobs.rotate_connection(
                visit.services,
                visit.account_id,
                connection_id,
                **credentials_given(),
                actor=visit.actor,
            )
            return go("connection", "rotated", connection_id=connection_id)
        except SluiceError as refused:
            error = refused
    given = {name: request.form.get(name, "") for name in ("impersonate", "key_from")}
    return _form(
        "rotate_connection.html",
        saved,
        error,
        given=given | {"key_from": given["key_from"] or UPLOAD},
        tabs=((UPLOAD, "Upload JSON file"), (CUSTOM, "Custom key")),
        proof=ownership_proof(visit.services, visit.account_id),
    )


@page(ONE + "/delete", "connections.remove", methods=("GET", "POST"))
def delete_connection(visit: Visit, connection_id: int) -> ResponseReturnValue:
    """Forget it after one question; refused while imports may use it, which are listed then."""
    saved = jobs.connection_of(visit.services, visit.account_id, connection_id)
    error = None
    if request.method == "POST":
        try:
            removed = jobs.remove_connection(
                visit.services, visit.account_id, connection_id, actor=visit.actor
            )
            keyed = removed.credentials.secret
            return go("connections", "disconnected-with-key" if keyed else "disconnected")
        except SluiceError as refused:
            error = refused
    blocking = list_imports(
        visit.services, visit.account_id, connection_id=connection_id, statuses=BLOCKING
    )
    return _form(
        "delete_connection.html",
        saved,
        error,
        blocking=[row_of(view, visit) for view in blocking.items],
        more=blocking.next_page_token is not None,
    )


@page(ONE + "/stop-imports", "connections.get", methods=("GET", "POST"), change="imports.stop")
def stop_connection_imports(visit: Visit, connection_id: int) -> ResponseReturnValue:
    """Stop all: whatever keeps the connection from being deleted."""
    if request.method == "GET":
        return redirect(url("connection", connection_id=connection_id))
    stop_all_imports(visit.services, visit.account_id, connection_id, actor=visit.actor)
    return go("connection", "all-stopped", connection_id=connection_id)


def _form(
    template: str, saved: SavedConnection, error: SluiceError | None, **values: Any
) -> ResponseReturnValue:
    steps = None if error is None else failed(error, saved.access)
    return show_with(
        template,
        error,
        told_elsewhere=steps is not None,
        saved=saved,
        steps=steps,
        **values,
    )
