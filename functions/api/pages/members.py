"""Members: who may work in the account, and as what."""

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.pages.frame import show_with
from functions.api.pages.visits import Visit, go, page
from shared.domain.members import Role
from shared.errors import InvalidInput, SluiceError
from shared.jobs import manage_members


@page("/members", "members.list", methods=("GET", "POST"), change="members.put")
def members(visit: Visit) -> ResponseReturnValue:
    """List them; add one, or change a role."""
    if request.method == "GET":
        return _page(visit)
    role = request.form.get("role", "")
    try:
        if role not in list(Role):
            raise InvalidInput("Choose the role viewer, editor or admin.")
        manage_members.put_member(
            visit.services,
            visit.actor,
            visit.account_id,
            request.form.get("email", ""),
            Role(role),
        )
    except SluiceError as error:
        return _page(visit, error)
    return go("members", "member")


@page("/members/remove", "members.list", methods=("GET", "POST"), change="members.remove")
def remove_member(visit: Visit) -> ResponseReturnValue:
    """Remove one; the last admin stays."""
    if request.method == "GET":
        return go("members")
    email = request.form.get("email", "")
    try:
        manage_members.remove_member(visit.services, visit.actor, visit.account_id, email)
    except SluiceError as error:
        return _page(visit, error)
    return go("members", "removed")


def _page(visit: Visit, error: SluiceError | None = None) -> ResponseReturnValue:
    return show_with(
        "members.html",
        error,
        members=manage_members.list_members(visit.services, visit.actor, visit.account_id),
        roles=[str(role) for role in Role],
    )
