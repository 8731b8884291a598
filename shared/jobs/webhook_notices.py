"""Tells an account's admins that one of its webhooks was switched off."""

from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection

from shared.domain.webhooks import WebhookNotice
from shared.jobs.notice_groups import recipients
from shared.logs import log
from shared.state import notices
from shared.state.notices import NewNotice
from shared.state.webhooks import Webhook


def tell_switched_off(connection: Connection, hook: Webhook, why: str, now: datetime) -> None:
    """Queue the e-mail, in the transaction that switches it off, which only one does."""
    notice_id = notices.queue(
        connection,
        NewNotice(
            account_id=hook.account_id,
            kind=WebhookNotice.OFF,
            to=recipients(connection, hook.account_id, None),
            bucket="",
            reason=why,
            incident_ids=(),
            # The path may hold what only the server is to know.
            detail={"webhook_id": hook.webhook_id, "host": urlsplit(hook.url).netloc},
        ),
        now,
    )
    log("notice_queued", notice=notice_id, kind=str(WebhookNotice.OFF), webhook=hook.webhook_id)
