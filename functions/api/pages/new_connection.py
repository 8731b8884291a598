"""Add Database: the form of a connection, which is tested as often as one likes and then saved."""

from collections.abc import Sequence
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue

from functions.api.pages.bucket_steps import Steps
from functions.api.pages.connection_results import failed, shown, tried
from functions.api.pages.frame import show, show_with, told
from functions.api.pages.given_credentials import (
    CUSTOM,
    UPLOAD,
    credentials_given,
    key_was_given,
)
from functions.api.pages.visits import Visit, go, is_fragment, page, url
from shared.domain.connections import ROLES, Access, Dataset
from shared.domain.members import at_machine
from shared.errors import InvalidInput, SluiceError
from shared.jobs.bucket_credentials import ownership_proof
from shared.jobs.manage_connections import add_connection, check_feature, try_new

FIELDS = ("name", "project", "dataset", "impersonate", "access", "key_from")
USUAL = {"access": str(Access.READ_WRITE), "key_from": UPLOAD}
MODES: Sequence[tuple[Access, str]] = (
    (Access.READ_WRITE, "Read and write"),
    (Access.READ_ONLY, "Read only"),
)


@page(
    "/connections/new", "connections.create", methods=("GET", "POST"), change="connections.create"
)
def new_connection(visit: Visit) -> ResponseReturnValue:
    """The form; Save tries what was given, and keeps nothing when it does not work."""
    check_feature(visit.services, visit.account_id)
    if request.method == "GET":
        return _page(visit)
    try:
        add_connection(
            visit.services,
            visit.account_id,
            _place(),
            name=request.form.get("name", ""),
            access=_access(),
            **credentials_given(),
            actor=visit.actor,
        )
    except SluiceError as error:
        return _page(visit, error=error)
    return go("connections", "connected")


@page(
    "/connections/try", "connections.create", methods=("GET", "POST"), change="connections.create"
)
def test_new_connection(visit: Visit) -> ResponseReturnValue:
    """Test Connection with what is in the form: its results beside it, or the form with them."""
    if request.method == "GET":
        return redirect(url("new_connection"))
    error = steps = None
    try:
        access = _access()
        results = try_new(
            visit.services,
            visit.account_id,
            _place(),
            access=access,
            **credentials_given(),
            actor=visit.actor,
        )
        steps = shown(results)
    except SluiceError as refused:
        error = refused
    if is_fragment():
        steps = steps or (None if error is None else failed(error, Access.READ_WRITE))
        problem = told(error) if error and steps is None else None
        return show("test_result.html", steps=steps, error=problem)
    return _page(visit, error=error, steps=steps)


def _place() -> Dataset:
    return Dataset(request.form.get("project", ""), request.form.get("dataset", ""))


def _access() -> Access:
    text = request.form.get("access", "")
    if text not in list(Access):
        raise InvalidInput("Choose read and write, or read only.")
    return Access(text)


def _page(
    visit: Visit, *, error: SluiceError | None = None, steps: Steps | None = None
) -> ResponseReturnValue:
    given: dict[str, Any] = {name: request.form.get(name, USUAL.get(name, "")) for name in FIELDS}
    if error is not None:
        steps = failed(error, Access.READ_WRITE)
    return show_with(
        "new_connection.html",
        error,
        told_elsewhere=steps is not None,
        given=given,
        steps=steps,
        # A key is never sent back, so it has to be given once more.
        again=key_was_given(),
        modes=[(each, words, " and ".join(ROLES[each])) for each, words in MODES],
        tabs=((UPLOAD, "Upload JSON file"), (CUSTOM, "Custom key")),
        tried=tried(),
        local=at_machine(visit.actor),
        proof=ownership_proof(visit.services, visit.account_id),
    )
