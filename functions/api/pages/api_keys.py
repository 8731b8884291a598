"""API keys: made for programs, shown once, revoked for good."""

from dataclasses import dataclass
from datetime import datetime

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.pages.frame import show_with
from functions.api.pages.visits import Visit, go, page
from shared.domain.members import SCOPES
from shared.errors import SluiceError
from shared.jobs import api_keys as keys


@dataclass(frozen=True, slots=True)
class Line:
    """One key as the list shows it."""

    id: str
    name: str
    scopes: str
    created_at: datetime
    used_at: datetime | None
    revoked: bool


@page("/api-keys", "keys.list", methods=("GET", "POST"), change="keys.create")
def api_keys(visit: Visit) -> ResponseReturnValue:
    """List them; make one, whose secret this answer alone shows."""
    if request.method == "GET":
        return _page(visit)
    scopes = frozenset(request.form.getlist("scopes"))
    name = request.form.get("name", "").strip()
    try:
        _, secret = keys.create_api_key(visit.services, visit.actor, visit.account_id, name, scopes)
    except SluiceError as error:
        return _page(visit, error=error)
    return _page(visit, secret=secret)


@page("/api-keys/<key_id>/revoke", "keys.list", methods=("GET", "POST"), change="keys.revoke")
def revoke_key(visit: Visit, key_id: str) -> ResponseReturnValue:
    """Make a key useless at once."""
    if request.method == "GET":
        return go("api_keys")
    keys.revoke_api_key(visit.services, visit.actor, visit.account_id, key_id)
    return go("api_keys", "revoked")


def _page(
    visit: Visit, *, error: SluiceError | None = None, secret: str = ""
) -> ResponseReturnValue:
    found = keys.list_api_keys(visit.services, visit.actor, visit.account_id)
    lines = [
        Line(
            each.key_id,
            each.name,
            ", ".join(sorted(each.scopes)),
            each.created_at,
            each.used_at,
            each.revoked_at is not None,
        )
        for each in found
    ]
    return show_with(
        "api_keys.html",
        error,
        keys=lines,
        secret=secret,
        scopes=[(scope, scope) for scope in sorted(SCOPES)],
    )
