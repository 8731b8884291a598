"""One connection: its facts and key health, what it is tested with, and its imports."""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from functions.api.pages.connection_results import failed, shown
from functions.api.pages.connections import ACCESS_WORDS
from functions.api.pages.frame import show, told
from functions.api.pages.imports import row_of
from functions.api.pages.visits import Visit, is_fragment, page, url
from shared.domain.connections import ROLES, helper_sql
from shared.errors import SluiceError
from shared.jobs.list_imports import list_imports
from shared.jobs.manage_connections import connection_of, try_connection
from shared.state.connections import SavedConnection

ONE = "/connections/<id:connection_id>"


@page(ONE, "connections.get")
def connection(visit: Visit, connection_id: int) -> ResponseReturnValue:
    """What is known of it, never its key."""
    saved = connection_of(visit.services, visit.account_id, connection_id)
    token = request.args.get("page_token") or None
    found = list_imports(
        visit.services, visit.account_id, connection_id=connection_id, page_token=token
    )
    following = found.next_page_token
    return show(
        "connection.html",
        saved=saved,
        access=ACCESS_WORDS[saved.access],
        roles=" and ".join(ROLES[saved.access]),
        # Nobody makes a folder by a statement.
        sql={} if saved.place.is_local else helper_sql(saved.place, saved.location),
        imports=[row_of(view, visit) for view in found.items],
        next_url=url("connection", connection_id=connection_id, page_token=following)
        if following
        else "",
    )


@page(ONE + "/test", "connections.get", methods=("GET", "POST"), change="connections.test")
def test_connection(visit: Visit, connection_id: int) -> ResponseReturnValue:
    """Try what is saved; the results are shown in place, or on a page of their own."""
    saved = connection_of(visit.services, visit.account_id, connection_id)
    if request.method == "GET":
        return redirect(url("connection", connection_id=connection_id))
    return _tested(visit, saved)


def _tested(visit: Visit, saved: SavedConnection) -> ResponseReturnValue:
    error = steps = None
    try:
        results = try_connection(
            visit.services, visit.account_id, saved.connection_id, actor=visit.actor
        )
        steps = shown(results)
    except SluiceError as refused:
        error, steps = refused, failed(refused, saved.access)
    name = "test_result.html" if is_fragment() else "test_connection.html"
    problem = told(error) if error and steps is None else None
    return show(name, saved=saved, steps=steps, error=problem)
