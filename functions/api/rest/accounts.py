"""Accounts: which ones the caller works in, and their settings."""

from typing import Any

from pydantic import Field

from functions.api.rest.models import AccountPath, Input, Output
from functions.api.rest.routes import Call, Resource
from shared.domain.account_settings import AccountSettings
from shared.domain.choices import Identifier
from shared.domain.members import Role, Via, require
from shared.jobs.manage_accounts import accounts_of, get_account, update_account

accounts = Resource(
    "Accounts",
    "An account is a tenant: it owns buckets, exports and members. The id of an account that you "
    "are not a member of answers 404, like one that does not exist.",
)


class FlagsOut(Output):
    """Features that are switched on or off for the account."""

    bucket_export: bool = Field(description="Exports to Cloud Storage buckets.")
    recurring_profile_export: bool = Field(description="Recurring exports of user profiles.")
    bigquery_import: bool = Field(description="Imports from BigQuery.")


class AccountOut(Output):
    """An account and its settings, which new exports copy when they are made."""

    account_id: int = Field(examples=[1])
    name: str = Field(description="What people call it; may be empty.", examples=["Example Shop"])
    database_id: str = Field(description="Part of every file name.", examples=["db1"])
    time_zone: str = Field(
        description="IANA name; days and `ts` in files are in it.", examples=["Europe/Berlin"]
    )
    identifiers: list[Identifier] = Field(
        description="*User Identity*: the identifiers in use.", examples=[["identity", "email"]]
    )
    flags: FlagsOut
    egress_addresses: list[str] = Field(
        description="The fixed addresses that Sluice comes from, for the customer's allow lists.",
        examples=[["203.0.113.7"]],
    )
    impersonators: list[str] = Field(
        description="The service accounts of Sluice that act as the customer's where he gives no "
        "key: grant each of them Service Account Token Creator on it. Empty on a laptop.",
        examples=[["sluice-worker@sluice-prod.iam.gserviceaccount.com"]],
    )
    role: Role = Field(description="What you may do here.")


class AccountsOut(Output):
    """The accounts of the caller."""

    items: list[AccountOut]


class CallerOut(Output):
    """Who Sluice takes the caller for."""

    email: str = Field(
        description="The address, or the id of the API key.", examples=["ann@example.com"]
    )
    via: Via = Field(description="What proved it.")


class FlagsIn(Input):
    """Features to switch; the others stay."""

    bucket_export: bool | None = None
    recurring_profile_export: bool | None = None
    bigquery_import: bool | None = None


class AccountChanges(Input):
    """Settings to change; fields that are left out, or null, stay as they are."""

    name: str | None = Field(default=None, max_length=100, examples=["Example Shop"])
    database_id: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="Part of every file name from the next run on.",
        examples=["db1"],
    )
    time_zone: str | None = Field(
        default=None, max_length=64, description="IANA name.", examples=["Europe/Berlin"]
    )
    identifiers: list[Identifier] | None = Field(
        default=None,
        min_length=1,
        max_length=3,
        json_schema_extra={"uniqueItems": True},
        description="*User Identity*: the identifiers in use. With several, new exports ask for "
        "the priority among them.",
    )
    flags: FlagsIn | None = None


@accounts.get("/me", "")
def get_me(call: Call) -> CallerOut:
    """Who am I.

    Tells who Sluice takes you for, and by which proof.
    """
    return CallerOut(email=call.caller.email, via=call.caller.via)


@accounts.get("/accounts", "")
def list_accounts(call: Call) -> AccountsOut:
    """List your accounts.

    All accounts that you are a member of; an API key sees the one account that it is for.
    """
    if call.caller.account_id is not None:
        # A key has scopes, which may not hold the one that shows the account's settings.
        require(call.actor, "accounts.get")
        account = get_account(call.services, call.actor, call.caller.account_id)
        return AccountsOut(items=[_shown(call, account, call.actor.role)])
    found = accounts_of(call.services, call.caller.email)
    return AccountsOut(items=[_shown(call, account, role) for account, role in found])


@accounts.get("/accounts/<id:account_id>", "accounts.get")
def get_account_settings(call: Call, path: AccountPath) -> AccountOut:
    """Show an account."""
    return _shown(call, get_account(call.services, call.actor, path.account_id), call.actor.role)


@accounts.patch("/accounts/<id:account_id>", "accounts.update")
def update_account_settings(call: Call, path: AccountPath, body: AccountChanges) -> AccountOut:
    """Change an account's settings.

    Exports keep what they copied until they are edited.
    """
    changes: dict[str, Any] = body.model_dump(exclude_none=True)
    if "identifiers" in changes:
        changes["identifiers"] = tuple(changes["identifiers"])
    updated = update_account(call.services, call.actor, path.account_id, **changes)
    return _shown(call, updated, call.actor.role)


def _shown(call: Call, account: AccountSettings, role: Role) -> AccountOut:
    return AccountOut(
        account_id=account.account_id,
        name=account.name,
        database_id=account.database_id,
        time_zone=account.time_zone,
        identifiers=list(account.identifiers),
        flags=FlagsOut.model_validate(account.flags),
        egress_addresses=list(call.services.egress_addresses),
        impersonators=list(call.services.impersonators),
        role=role,
    )
