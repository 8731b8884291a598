"""Webhooks: made for programs, their secrets shown once, switched off when nobody answers."""

from dataclasses import dataclass
from datetime import datetime

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.pages.frame import show, show_with
from functions.api.pages.states import State
from functions.api.pages.visits import Visit, go, page
from shared.domain.webhooks import WebhookEvent
from shared.errors import InvalidInput, SluiceError
from shared.jobs import manage_webhooks as jobs
from shared.reasons import of
from shared.state.webhook_messages import MessageStatus, WebhookMessage
from shared.state.webhooks import Webhook

EVENTS = (
    (WebhookEvent.INITIATED, "Export made"),
    (WebhookEvent.COMPLETED, "Run completed"),
    (WebhookEvent.FAILED, "Run failed"),
    (WebhookEvent.STOPPED, "Export stopped"),
    (WebhookEvent.RECOVERED, "Export works again"),
)
_STATES = {
    MessageStatus.QUEUED: State("QUEUED", "pending", "clock"),
    MessageStatus.DELIVERED: State("DELIVERED", "done", "done"),
    MessageStatus.FAILED: State("FAILED", "failed", "failed"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One webhook as the list shows it."""

    id: int
    url: str
    events: str
    created_at: datetime
    on: bool
    # Why it is off, in words.
    why: str


@dataclass(frozen=True, slots=True)
class Told:
    """One message as the page of a webhook shows it."""

    id: str
    event: str
    state: State
    queued_at: datetime
    attempts: int
    answer: str


@page("/webhooks", "webhooks.list", methods=("GET", "POST"), change="webhooks.create")
def webhooks(visit: Visit) -> ResponseReturnValue:
    """List them; make one, whose secret this answer alone shows."""
    if request.method == "GET":
        return _list(visit)
    address = request.form.get("url", "").strip()
    try:
        _, secret = jobs.create_webhook(
            visit.services, visit.actor, visit.account_id, address, request.form.getlist("events")
        )
    except SluiceError as error:
        return _list(visit, error=error)
    return _list(visit, secret=secret)


@page(
    "/webhooks/<id:webhook_id>", "webhooks.list", methods=("GET", "POST"), change="webhooks.rotate"
)
def webhook(visit: Visit, webhook_id: int) -> ResponseReturnValue:
    """One webhook and what it was told lately; sent, the form makes a new secret."""
    secret = ""
    if request.method == "POST":
        _, secret = jobs.rotate_webhook(visit.services, visit.actor, visit.account_id, webhook_id)
    messages = jobs.list_messages(visit.services, visit.actor, visit.account_id, webhook_id)
    found = jobs.list_webhooks(visit.services, visit.actor, visit.account_id)
    [line] = [_line(each) for each in found if each.webhook_id == webhook_id]
    return show(
        "webhook.html", hook=line, messages=[_told(each) for each in messages], secret=secret
    )


@page(
    "/webhooks/<id:webhook_id>/<action>",
    "webhooks.list",
    methods=("GET", "POST"),
    change="webhooks.update",
)
def change_webhook(visit: Visit, webhook_id: int, action: str) -> ResponseReturnValue:
    """Test it, switch it on or off, or remove it."""
    if request.method == "GET":
        return go("webhook", webhook_id=webhook_id)
    given = (visit.services, visit.actor, visit.account_id, webhook_id)
    match action:
        case "test":
            jobs.try_webhook(*given)
            return go("webhook", "tested", webhook_id=webhook_id)
        case "on" | "off":
            jobs.update_webhook(*given, enabled=action == "on")
            return go("webhook", "webhook", webhook_id=webhook_id)
        case "remove":
            jobs.remove_webhook(*given)
            return go("webhooks", "no-webhook")
        case _:
            raise InvalidInput("A webhook can be tested, switched on or off, and removed.")


def _list(
    visit: Visit, *, error: SluiceError | None = None, secret: str = ""
) -> ResponseReturnValue:
    found = jobs.list_webhooks(visit.services, visit.actor, visit.account_id)
    chosen = request.form.getlist("events") if error else [each for each, _ in EVENTS]
    return show_with(
        "webhooks.html",
        error,
        hooks=[_line(each) for each in found],
        secret=secret,
        events=EVENTS,
        chosen=chosen,
        given=request.form.get("url", "") if error else "",
    )


def _line(hook: Webhook) -> Line:
    return Line(
        id=hook.webhook_id,
        url=hook.url,
        events=", ".join(words for event, words in EVENTS if event in hook.events),
        created_at=hook.created_at,
        on=hook.disabled_at is None,
        why=of(hook.disabled_reason).title if hook.disabled_reason else "",
    )


def _told(message: WebhookMessage) -> Told:
    answer = f"HTTP {message.answer}" if message.answer else ""
    if message.reason:
        answer = f"{answer}. {of(message.reason).title}".removeprefix(". ")
    return Told(
        id=message.message_id,
        event=message.event,
        state=_STATES[message.status],
        queued_at=message.queued_at,
        attempts=message.attempts,
        answer=answer or "not tried yet",
    )
