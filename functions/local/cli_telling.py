"""The commands of notices and webhooks."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from functions.local.cli_options import AccountId, AsJson, PageSize, PageToken
from functions.local.cli_services import local_services, services_with_account
from shared.domain.members import COMMAND_LINE
from shared.domain.webhooks import WebhookEvent

notices = typer.Typer(
    help="E-mails about exports that cannot be delivered, and imports that fail.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
webhooks = typer.Typer(
    help="Servers that are told what becomes of exports.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
WebhookId = Annotated[int, typer.Argument(help="The webhook's id, which `list` shows.")]


@notices.command("list", epilog="Example: python main.py notices list")
def list_all(
    page_size: PageSize = None,
    page_token: PageToken = None,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """List notices, newest first."""
    from functions.local.telling import show_notices
    from shared.jobs.notices_view import list_notices

    found = list_notices(
        local_services(), COMMAND_LINE, account_id, page_size=page_size, page_token=page_token
    )
    show_notices(found, as_json=as_json)


@notices.command("show", epilog="Example: python main.py notices show 7")
def show_one(
    notice_id: Annotated[int, typer.Argument(help="The notice's id, which `list` shows.")],
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Show the e-mail of a notice, as it was or would be sent."""
    from functions.local.output import console, print_json
    from shared.jobs.notices_view import get_notice

    found = get_notice(local_services(), COMMAND_LINE, account_id, notice_id)
    if as_json:
        print_json(asdict(found))
        return
    console.print(f"Subject: {found.subject}\n\n{found.text}", markup=False, soft_wrap=True)


@notices.command("send", epilog="Example: python main.py notices send")
def send_all(as_json: AsJson = False) -> None:
    """Send what is due now: e-mails and webhooks.

    What cannot be sent is tried again later.
    """
    from functions.local.access import done
    from shared.jobs.outbox import send_outbox

    services = local_services()
    mails, messages = send_outbox(services, services.clock())
    told = f"Tried {mails} notices and {messages} webhook messages."
    done(told, {"notices": mails, "webhook_messages": messages}, as_json)


@webhooks.command("list", epilog="Example: python main.py webhooks list")
def list_webhooks(account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """List the webhooks of an account, never their secrets."""
    from functions.local.telling import show_webhooks
    from shared.jobs import manage_webhooks as jobs

    found = jobs.list_webhooks(local_services(), COMMAND_LINE, account_id)
    show_webhooks(found, as_json=as_json)


@webhooks.command(
    "create",
    epilog="Example: python main.py webhooks create https://hooks.example.com/x "
    "--event export.failed",
)
def create(
    url: Annotated[str, typer.Argument(help="https, by a name on the internet.")],
    events: Annotated[
        list[WebhookEvent] | None, typer.Option("--event", help="All of them; or repeat it.")
    ] = None,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Make a webhook.

    Its secret is shown this once.
    """
    from functions.local.telling import show_secret
    from shared.jobs import manage_webhooks as jobs

    services = services_with_account(account_id)
    made, secret = jobs.create_webhook(
        services, COMMAND_LINE, account_id, url, events or list(WebhookEvent)
    )
    show_secret(made, secret, as_json=as_json)


@webhooks.command("test", epilog="Example: python main.py webhooks test 3")
def try_one(webhook_id: WebhookId, account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """Queue a message that only tries the webhook; `notices send` sends it."""
    from functions.local.access import done
    from shared.jobs import manage_webhooks as jobs

    message_id = jobs.try_webhook(local_services(), COMMAND_LINE, account_id, webhook_id)
    done(f"The message {message_id} is queued.", {"message_id": message_id}, as_json)


@webhooks.command("messages", epilog="Example: python main.py webhooks messages 3")
def messages(webhook_id: WebhookId, account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """List the newest messages to a webhook."""
    from functions.local.telling import show_messages
    from shared.jobs import manage_webhooks as jobs

    found = jobs.list_messages(local_services(), COMMAND_LINE, account_id, webhook_id)
    show_messages(found, as_json=as_json)


@webhooks.command("switch", epilog="Example: python main.py webhooks switch 3 --on")
def switch(
    webhook_id: WebhookId,
    on: Annotated[bool, typer.Option("--on/--off", help="On or off.")],
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Switch a webhook off, or on again."""
    from functions.local.telling import show_webhooks
    from shared.jobs import manage_webhooks as jobs

    changed = jobs.update_webhook(
        local_services(), COMMAND_LINE, account_id, webhook_id, enabled=on
    )
    show_webhooks([changed], as_json=as_json)


@webhooks.command("rotate", epilog="Example: python main.py webhooks rotate 3")
def rotate(webhook_id: WebhookId, account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """Make a new secret, shown this once; for 24 hours messages bear both signatures."""
    from functions.local.telling import show_secret
    from shared.jobs import manage_webhooks as jobs

    made, secret = jobs.rotate_webhook(local_services(), COMMAND_LINE, account_id, webhook_id)
    show_secret(made, secret, as_json=as_json)


@webhooks.command("remove", epilog="Example: python main.py webhooks remove 3")
def remove(webhook_id: WebhookId, account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """Remove a webhook and destroy its secret."""
    from functions.local.access import done
    from shared.jobs import manage_webhooks as jobs

    jobs.remove_webhook(local_services(), COMMAND_LINE, account_id, webhook_id)
    removed: dict[str, Any] = {"webhook_id": webhook_id}
    done(f"The webhook {webhook_id} is removed.", removed, as_json)
