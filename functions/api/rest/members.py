"""Members: who works in an account, and as what."""

from datetime import datetime

from pydantic import Field

from functions.api.rest.models import NO_CONTROLS, AccountPath, Input, Output
from functions.api.rest.routes import Call, Resource
from shared.domain.members import Role
from shared.jobs import manage_members

members = Resource(
    "Members",
    "A member is an e-mail address with a role: a viewer looks, an editor makes and stops exports, "
    "an admin also has credentials, members and settings in hand.",
)


class MemberPath(AccountPath):
    """The address of a member."""

    email: str = Field(
        pattern=NO_CONTROLS,
        max_length=254,
        description="The member's e-mail address.",
        json_schema_extra={"example": "ann@example.com"},
    )


class MemberIn(Input):
    """What a member shall be."""

    role: Role = Field(description="What the member may do.", examples=["editor"])


class MemberOut(Output):
    """Somebody who works in the account."""

    email: str = Field(description="In lower case.", examples=["ann@example.com"])
    role: Role
    added_at: datetime
    added_by: str = Field(examples=["bob@example.com"])


class MembersOut(Output):
    """All members."""

    items: list[MemberOut] = Field(description="By address.")


@members.get("/accounts/<id:account_id>/members", "members.list")
def list_members(call: Call, path: AccountPath) -> MembersOut:
    """List the members of an account."""
    found = manage_members.list_members(call.services, call.actor, path.account_id)
    return MembersOut(items=[MemberOut.model_validate(member) for member in found])


@members.put("/accounts/<id:account_id>/members/<email>", "members.put")
def put_member(call: Call, path: MemberPath, body: MemberIn) -> MemberOut:
    """Add a member, or change a member's role.

    The last admin of an account stays one.
    """
    member = manage_members.put_member(
        call.services, call.actor, path.account_id, path.email, body.role
    )
    return MemberOut.model_validate(member)


@members.delete("/accounts/<id:account_id>/members/<email>", "members.remove")
def remove_member(call: Call, path: MemberPath) -> None:
    """Remove a member.

    The last admin of an account cannot be removed.
    """
    manage_members.remove_member(call.services, call.actor, path.account_id, path.email)
