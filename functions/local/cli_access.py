"""The commands of members, API keys and the audit log."""

from typing import Annotated

import typer

from functions.local.cli_options import AccountId, AsJson, PageSize, PageToken
from functions.local.cli_services import local_services, services_with_account
from shared.domain.members import COMMAND_LINE, Role

members = typer.Typer(
    help="Who may do what in the dashboard and the API of an account.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
api_keys = typer.Typer(
    help="Keys by which programs use the API.", no_args_is_help=True, rich_markup_mode=None
)
Email = Annotated[str, typer.Argument(help="E-mail address.")]


@members.command("list", epilog="Example: python main.py members list")
def list_members(account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """List the members of an account."""
    from functions.local.access import show_members
    from shared.jobs import manage_members as jobs

    found = jobs.list_members(local_services(), COMMAND_LINE, account_id)
    show_members(found, as_json=as_json)


@members.command("put", epilog="Example: python main.py members put ada@example.com editor")
def put_member(
    email: Email,
    role: Annotated[Role, typer.Argument(help="viewer, editor or admin.")],
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Add a member, or change what one may do."""
    from functions.local.access import show_members
    from shared.jobs import manage_members as jobs

    services = services_with_account(account_id)
    found = jobs.put_member(services, COMMAND_LINE, account_id, email, role)
    show_members([found], as_json=as_json)


@members.command("remove", epilog="Example: python main.py members remove ada@example.com")
def remove_member(email: Email, account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """Remove a member and revoke the API keys that he made."""
    from functions.local.access import done
    from shared.jobs import manage_members as jobs

    jobs.remove_member(local_services(), COMMAND_LINE, account_id, email)
    done(f"{email} is no member of account {account_id} any more.", {"email": email}, as_json)


@api_keys.command("list", epilog="Example: python main.py api-keys list")
def list_keys(account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """List the API keys of an account, never their secrets."""
    from functions.local.access import show_keys
    from shared.jobs import api_keys as jobs

    show_keys(jobs.list_api_keys(local_services(), COMMAND_LINE, account_id), as_json=as_json)


@api_keys.command(
    "create", epilog="Example: python main.py api-keys create nightly --scope exports:read"
)
def create_key(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scopes: Annotated[list[str], typer.Option("--scope", help="Such as exports:read; repeat it.")],
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Make an API key.

    Its secret is shown this once.
    """
    from functions.local.access import show_new_key
    from shared.jobs import api_keys as jobs

    services = services_with_account(account_id)
    key, secret = jobs.create_api_key(services, COMMAND_LINE, account_id, name, frozenset(scopes))
    show_new_key(key, secret, as_json=as_json)


@api_keys.command("revoke", epilog="Example: python main.py api-keys revoke Ab3dE5gH7jK9")
def revoke_key(
    key_id: Annotated[str, typer.Argument(help="The key's id, which `list` shows.")],
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Revoke an API key at once and for good."""
    from functions.local.access import done
    from shared.jobs import api_keys as jobs

    key = jobs.revoke_api_key(local_services(), COMMAND_LINE, account_id, key_id)
    done(f"The key {key.name} ({key.key_id}) is revoked.", {"key_id": key.key_id}, as_json)


def audit(
    action: Annotated[str | None, typer.Option(help="Only this, such as exports.create.")] = None,
    actor: Annotated[str | None, typer.Option(help="Only what this address did.")] = None,
    page_size: PageSize = None,
    page_token: PageToken = None,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """List who changed what, newest first."""
    from functions.local.access import show_audit
    from shared.jobs.audit import list_audit

    found = list_audit(
        local_services(),
        account_id,
        page_size=page_size,
        page_token=page_token,
        action=action,
        actor=actor,
    )
    show_audit(found, as_json=as_json)
