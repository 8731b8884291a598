"""What the commands of notices and webhooks show."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from functions.local.output import console, print_json, print_table
from shared.domain.pages import Page
from shared.jobs.notices_view import NoticeView
from shared.state.webhook_messages import WebhookMessage
from shared.state.webhooks import Webhook


def show_notices(page: Page[NoticeView], *, as_json: bool) -> None:
    """Notices with whom they go to and how far they are."""
    if as_json:
        items = [asdict(each) for each in page.items]
        print_json({"notices": items, "next_page_token": page.next_page_token})
        return
    if not page.items:
        console.print("No notices: no export, import or webhook has failed so far.")
        return
    rows = [
        [
            each.notice.notice_id,
            each.notice.kind,
            each.notice.status,
            each.notice.bucket or " ".join(each.notice.about),
            " ".join(to.email for to in each.recipients),
            each.notice.queued_at,
            each.notice.accepted_at,
            each.notice.error,
        ]
        for each in page.items
    ]
    columns = ["id", "kind", "state", "about", "to", "queued", "sent", "error"]
    print_table("Notices", columns, rows)
    if page.next_page_token:
        console.print(f"Older: --page-token {page.next_page_token}", soft_wrap=True)


def show_webhooks(found: Sequence[Webhook], *, as_json: bool) -> None:
    """Webhooks and what each is told."""
    if as_json:
        print_json({"webhooks": [_webhook(each) for each in found]})
        return
    if not found:
        console.print("No webhooks yet; make one with the command webhooks create.")
        return
    rows = [
        [each.webhook_id, each.url, " ".join(each.events), each.disabled_reason or "on"]
        for each in found
    ]
    print_table("Webhooks", ["id", "address", "events", "state"], rows)


def show_secret(hook: Webhook, secret: str, *, as_json: bool) -> None:
    """The one time that a secret is shown."""
    if as_json:
        print_json(_webhook(hook) | {"secret": secret})
        return
    console.print(
        f"The webhook {hook.webhook_id}; keep its secret, which is shown this once:",
        soft_wrap=True,
    )
    console.print(secret, markup=False, soft_wrap=True)


def show_messages(found: Sequence[WebhookMessage], *, as_json: bool) -> None:
    """What a webhook was told, and what it answered."""
    if as_json:
        print_json({"messages": [asdict(each) for each in found]})
        return
    if not found:
        console.print("Nothing was told yet.")
        return
    rows = [
        [each.message_id, each.event, each.status, each.attempts, each.answer, each.reason]
        for each in found
    ]
    columns = ["id", "event", "state", "attempts", "answer", "reason"]
    print_table("Messages", columns, rows)


def _webhook(hook: Webhook) -> dict[str, Any]:
    """Without the places of its secrets."""
    hidden = ("secret", "old_secret")
    return {name: value for name, value in asdict(hook).items() if name not in hidden}
