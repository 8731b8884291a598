"""The command that shows an account and changes its settings."""

from typing import Annotated

import typer

from functions.local.cli_options import AsJson
from functions.local.cli_services import default_account, local_services
from functions.local.cli_values import identifiers
from shared.domain.exports import Account


def account(
    account_id: Annotated[int, typer.Option("--id", help="Account id.", min=0)] = 1,
    database_id: Annotated[str | None, typer.Option(help="Stands in file names.")] = None,
    zone: Annotated[str | None, typer.Option(help="Time zone, such as Europe/Berlin.")] = None,
    identities: Annotated[
        str | None, typer.Option(help="Identifiers in use: email,identity,phone.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show an account, or change its settings."""
    from functions.local.output import print_json, print_table
    from shared.jobs.manage_accounts import put_account
    from shared.state import accounts

    services = local_services()
    found = services.database.run(lambda c: accounts.get(c, account_id))
    before = found or default_account(account_id)
    settings = Account(
        account_id=account_id,
        database_id=before.database_id if database_id is None else database_id,
        time_zone=before.time_zone if zone is None else zone,
        identifiers=before.identifiers if identities is None else identifiers(identities),
    )
    put_account(services, settings)
    shown = {
        "account_id": settings.account_id,
        "database_id": settings.database_id,
        "time_zone": settings.time_zone,
        "identifiers": [str(name) for name in settings.identifiers],
    }
    if as_json:
        print_json(shown)
    else:
        print_table("Account", ["setting", "value"], [[k, str(v)] for k, v in shown.items()])
