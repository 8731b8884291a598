"""The commands that look after exports: the monitor, all incidents, and how everything is."""

from typing import Annotated

import typer

from functions.local.cli_options import AccountId, AsJson, Now, PageSize, PageToken
from functions.local.cli_services import local_services
from functions.local.cli_values import set_clock
from functions.local.fork_server import begin_loading
from shared.domain.members import COMMAND_LINE


def monitor(
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """One look of the monitor.

    It warns of exports that cannot be delivered, tries again, stops after two warnings, and
    closes what works again. Then it sends the e-mails and delivers what it let go.
    """
    begin_loading()
    from functions.local.monitoring import look_once

    set_clock(now)
    look_once(local_services(), as_json=as_json)


def incidents(
    export_id: Annotated[
        int | None, typer.Option("--export", help="Only those of this request id.")
    ] = None,
    page_size: PageSize = None,
    page_token: PageToken = None,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """List incidents, newest first.

    An incident is an unbroken series of failures of one export.
    """
    from functions.local.monitoring import show_incidents
    from shared.jobs.list_incidents import list_incidents

    found = list_incidents(
        local_services(),
        account_id,
        export_id=export_id,
        page_size=page_size,
        page_token=page_token,
    )
    show_incidents(found, account_id, as_json=as_json)


def health(
    account_id: Annotated[
        int | None, typer.Option("--account", help="Of this account; of all unless given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what is late or fails, and whether everything runs.

    Ends with exit code 1 where anything is wrong, so that scripts may ask.
    """
    from functions.local.monitoring import show_health
    from shared.jobs.health import account_health, whole_health

    services = local_services()
    if account_id is None:
        found = whole_health(services)
    else:
        found = account_health(services, COMMAND_LINE, account_id)
    show_health(found, as_json=as_json)
    if not found.fine:
        raise typer.Exit(1)
