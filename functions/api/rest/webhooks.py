"""Webhooks: servers of yours that are told what becomes of exports."""

from datetime import datetime
from typing import Any

from pydantic import Field

from functions.api.rest.models import ID_MAX, NO_CONTROLS, AccountPath, Input, Output
from functions.api.rest.routes import Call, Resource
from shared.domain.webhooks import URL_CHARS_MAX, WebhookEvent
from shared.jobs import manage_webhooks as jobs
from shared.state.webhook_messages import MessageStatus, WebhookMessage
from shared.state.webhooks import Webhook

webhooks = Resource(
    "Webhooks",
    "A webhook gets a POST when an export begins, completes a run, fails, is stopped or works "
    "again. Messages are signed as the Standard Webhooks specification says (`webhook-id`, "
    "`webhook-timestamp`, `webhook-signature`); each comes at least once, in no promised order, "
    "and is repeated for 24 hours until the answer is 2xx. Then the webhook is switched off.",
)
EVENTS = Field(
    min_length=1,
    max_length=len(WebhookEvent),
    description="What it is told.",
    examples=[["export.completed", "export.failed"]],
)
URL_HELP = "https only, a name on the internet; addresses inside of networks are refused."


class WebhookPath(AccountPath):
    """The address of a webhook."""

    webhook_id: int = Field(
        ge=1, le=ID_MAX, description="The webhook's id.", json_schema_extra={"example": 3}
    )


class WebhookIn(Input):
    """A new webhook."""

    url: str = Field(
        pattern=NO_CONTROLS,
        max_length=URL_CHARS_MAX,
        description=URL_HELP,
        examples=["https://hooks.example.com/sluice"],
    )
    events: list[WebhookEvent] = EVENTS


class WebhookChanges(Input):
    """What to change; what is left out, or null, stays."""

    url: str | None = Field(
        default=None, pattern=NO_CONTROLS, max_length=URL_CHARS_MAX, description=URL_HELP
    )
    events: list[WebhookEvent] | None = Field(
        default=None, min_length=1, max_length=len(WebhookEvent), description="What it is told."
    )
    enabled: bool | None = Field(
        default=None, description="Switch it off or, after it was mended, on again."
    )


class WebhookOut(Output):
    """A webhook as it is listed, without its secret."""

    webhook_id: int
    url: str
    events: list[WebhookEvent]
    created_at: datetime
    created_by: str
    disabled_at: datetime | None = Field(description="From then on it is told nothing.")
    disabled_reason: str | None = Field(description="Of the catalogue of reasons.")


class SecretWebhookOut(WebhookOut):
    """A webhook with its secret, which is never shown again."""

    secret: str = Field(description="Signs its messages; keep it well. `whsec_` and base64.")


class WebhooksOut(Output):
    """All webhooks of an account."""

    items: list[WebhookOut] = Field(description="Oldest first.")


class MessageOut(Output):
    """One message to a webhook."""

    message_id: str = Field(description="The header `webhook-id`, the same in every try.")
    event: str = Field(examples=["export.completed"])
    queued_at: datetime
    status: MessageStatus
    attempts: int
    answer: int | None = Field(description="The status of the last answer.")
    reason: str | None = Field(description="Why the last try failed, of the catalogue of reasons.")
    ended_at: datetime | None


class MessagesOut(Output):
    """The newest messages to a webhook."""

    items: list[MessageOut] = Field(description="Newest first, 20 at most.")


class TestOut(Output):
    """A message that only tries the webhook."""

    message_id: str = Field(description="Sent within a minute; the list of messages shows how.")


@webhooks.get("/accounts/<id:account_id>/webhooks", "webhooks.list")
def list_webhooks(call: Call, path: AccountPath) -> WebhooksOut:
    """List the webhooks of an account.

    Never their secrets.
    """
    found = jobs.list_webhooks(call.services, call.actor, path.account_id)
    return WebhooksOut(items=[WebhookOut(**_shown(each)) for each in found])


@webhooks.post("/accounts/<id:account_id>/webhooks", "webhooks.create", 201)
def create_webhook(call: Call, path: AccountPath, body: WebhookIn) -> SecretWebhookOut:
    """Make a webhook.

    Its secret stands in this answer and nowhere else. It cannot be made repeatable, since that
    would mean keeping the secret: remove a webhook whose answer was lost.
    """
    made, secret = jobs.create_webhook(
        call.services, call.actor, path.account_id, body.url, body.events
    )
    return SecretWebhookOut(**_shown(made), secret=secret)


@webhooks.patch("/accounts/<id:account_id>/webhooks/<id:webhook_id>", "webhooks.update")
def update_webhook(call: Call, path: WebhookPath, body: WebhookChanges) -> WebhookOut:
    """Change a webhook, or switch it off or on."""
    changed = jobs.update_webhook(
        call.services,
        call.actor,
        path.account_id,
        path.webhook_id,
        url=body.url,
        events=body.events,
        enabled=body.enabled,
    )
    return WebhookOut(**_shown(changed))


@webhooks.delete("/accounts/<id:account_id>/webhooks/<id:webhook_id>", "webhooks.remove")
def remove_webhook(call: Call, path: WebhookPath) -> None:
    """Remove a webhook and destroy its secret."""
    jobs.remove_webhook(call.services, call.actor, path.account_id, path.webhook_id)


@webhooks.post("/accounts/<id:account_id>/webhooks/<id:webhook_id>:test", "webhooks.test")
def test_webhook(call: Call, path: WebhookPath) -> TestOut:
    """Send a message of the type `webhook.test`."""
    sent = jobs.try_webhook(call.services, call.actor, path.account_id, path.webhook_id)
    return TestOut(message_id=sent)


@webhooks.post("/accounts/<id:account_id>/webhooks/<id:webhook_id>:rotate", "webhooks.rotate")
def rotate_webhook(call: Call, path: WebhookPath) -> SecretWebhookOut:
    """Make a new secret.

    For 24 hours each message bears the signatures of both, so that a receiver can follow.
    """
    changed, secret = jobs.rotate_webhook(
        call.services, call.actor, path.account_id, path.webhook_id
    )
    return SecretWebhookOut(**_shown(changed), secret=secret)


@webhooks.get("/accounts/<id:account_id>/webhooks/<id:webhook_id>/messages", "webhooks.list")
def list_webhook_messages(call: Call, path: WebhookPath) -> MessagesOut:
    """List the newest messages to a webhook."""
    found = jobs.list_messages(call.services, call.actor, path.account_id, path.webhook_id)
    return MessagesOut(items=[_message(each) for each in found])


def _shown(hook: Webhook) -> dict[str, Any]:
    names = ("webhook_id", "url", "created_at", "created_by", "disabled_at", "disabled_reason")
    return {name: getattr(hook, name) for name in names} | {"events": list(hook.events)}


def _message(told: WebhookMessage) -> MessageOut:
    return MessageOut(**{name: getattr(told, name) for name in MessageOut.model_fields})
