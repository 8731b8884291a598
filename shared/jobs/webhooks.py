"""Tells customers' servers what becomes of exports: queued with the change, sent until taken."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection

from shared.domain.members import SYSTEM
from shared.domain.webhooks import (
    WAITS,
    WebhookEvent,
    next_try_at,
    signed_headers,
)
from shared.errors import CustomerFault, SluiceError, Transient
from shared.jobs.audit import record_audit
from shared.jobs.bucket_credentials import destroy_key
from shared.jobs.services import Services
from shared.jobs.webhook_notices import tell_switched_off
from shared.logs import log
from shared.reasons import (
    WEBHOOK_GIVEN_UP,
    WEBHOOK_GONE,
    WEBHOOK_REFUSED,
    WEBHOOK_UNREACHABLE,
)
from shared.state import webhook_messages, webhooks
from shared.state.webhook_messages import MessageStatus, WebhookMessage
from shared.state.webhooks import Webhook

# So many are taken at a time and sent one after another: at worst, with names that resolve slowly,
# that takes less than a lease, in which nobody else sends them.
AT_ONCE = 10
LEASE = timedelta(minutes=10)
# One look ends after this time or so many messages; the next one begins a minute later.
LOOK = timedelta(minutes=2)
BATCHES_MAX = 100
GONE = 410


def emit(
    connection: Connection,
    account_id: int,
    event: WebhookEvent,
    export_id: int,
    detail: Mapping[str, Any] | None = None,
    *,
    now: datetime,
) -> None:
    """Queue the event for the account's webhooks, in the transaction of the change it tells of.

    The detail is JSON and never holds a secret. Of equal events each is one message: a receiver
    knows a message that comes again by its id.
    """
    data = {"account_id": account_id, "export_id": export_id, **(detail or {})}
    rows = [
        message(account_id, each.webhook_id, event, data, now=now)
        for each in webhooks.list_all(connection, account_id)
        if each.disabled_at is None and event in each.events
    ]
    webhook_messages.queue(connection, rows, now)


def message(
    account_id: int, webhook_id: int, event: str, data: Mapping[str, Any], *, now: datetime
) -> dict[str, Any]:
    """A message as it is queued; its body stays as it is from try to try."""
    at = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    content = {"type": str(event), "timestamp": at, "data": dict(data)}
    return {
        "message_id": f"msg_{token_hex(16)}",
        "account_id": account_id,
        "webhook_id": webhook_id,
        "event": str(event),
        "body": json.dumps(content, default=str, separators=(",", ":")),
    }


def deliver_due(services: Services, now: datetime) -> int:
    """Send what is due; gives how many messages were tried. Two at once take different ones."""
    _destroy_old_secrets(services, now)
    began, tried = services.clock(), 0
    # Webhooks whose servers did not answer in this look: they must not keep the others waiting.
    silent: set[int] = set()
    for _ in range(BATCHES_MAX):
        claimed = services.database.run(
            lambda c: webhook_messages.claim_due(
                c, now, lease=LEASE, longest=WAITS[-1], limit=AT_ONCE
            )
        )
        for each in claimed:
            _deliver(services, each, silent)
        tried += len(claimed)
        if len(claimed) < AT_ONCE or services.clock() - began >= LOOK:
            break
    return tried


def _deliver(services: Services, told: WebhookMessage, silent: set[int]) -> None:
    hook = services.database.run(lambda c: webhooks.get(c, told.account_id, told.webhook_id))
    if hook is None or hook.disabled_at is not None:
        _end(services, told, MessageStatus.FAILED, reason=WEBHOOK_GIVEN_UP.code)
        return
    if hook.webhook_id in silent:
        _put_off(services, hook, told, WEBHOOK_UNREACHABLE.code, None)
        return
    answer: int | None = None
    try:
        answer = _post(services, hook, told)
        reason = None if 200 <= answer < 300 else WEBHOOK_REFUSED.code
    except (CustomerFault, Transient) as fault:
        reason = fault.reason
        silent.add(hook.webhook_id)
    except SluiceError as fault:
        # Ours, such as a secret that cannot be read: it waits like the others, and we are told.
        log("webhook_failed", webhook=hook.webhook_id, reason=fault.reason)
        reason = fault.reason
    if reason is None:
        _end(services, told, MessageStatus.DELIVERED, answer=answer)
    elif answer == GONE:
        _switch_off(services, hook, told, WEBHOOK_GONE.code, answer)
    else:
        _put_off(services, hook, told, reason, answer)


def _post(services: Services, hook: Webhook, told: WebhookMessage) -> int:
    now, body = services.clock(), told.body.encode()
    secrets = [services.secrets.get(hook.secret)]
    if hook.old_secret is not None and hook.old_until is not None and now < hook.old_until:
        secrets.append(services.secrets.get(hook.old_secret))
    headers = signed_headers(told.message_id, now, body, secrets)
    return services.posts.post(hook.url, headers, body)


def _put_off(
    services: Services, hook: Webhook, told: WebhookMessage, reason: str, answer: int | None
) -> None:
    then = next_try_at(told.attempts, services.clock())
    if then is None:
        _switch_off(services, hook, told, WEBHOOK_GIVEN_UP.code, answer)
        return
    services.database.run(
        lambda c: webhook_messages.postpone(c, told, then, answer=answer, reason=reason)
    )


def _switch_off(
    services: Services, hook: Webhook, told: WebhookMessage, why: str, answer: int | None
) -> None:
    """Tell the server nothing more; say so where members look, and to the account's admins."""
    now = services.clock()

    def store(connection: Connection) -> bool:
        failed = MessageStatus.FAILED
        if not webhook_messages.end(connection, told, now, failed, answer=answer, reason=why):
            return False
        if not webhooks.switch(connection, hook.account_id, hook.webhook_id, off_at=now, why=why):
            return False
        webhook_messages.give_up_all(connection, hook.account_id, hook.webhook_id, why)
        record_audit(
            connection,
            SYSTEM,
            hook.account_id,
            "webhooks.update",
            str(hook.webhook_id),
            {"enabled": [True, False], "reason": why},
            now=now,
        )
        tell_switched_off(connection, hook, why, now)
        return True

    if services.database.run(store):
        log("webhook_disabled", webhook=hook.webhook_id, reason=why)


def _end(
    services: Services,
    told: WebhookMessage,
    status: MessageStatus,
    *,
    answer: int | None = None,
    reason: str | None = None,
) -> None:
    now = services.clock()
    services.database.run(
        lambda c: webhook_messages.end(c, told, now, status, answer=answer, reason=reason)
    )


def _destroy_old_secrets(services: Services, now: datetime) -> None:
    for hook in services.database.run(lambda c: webhooks.with_old_secret(c, now)):
        services.database.run(partial(webhooks.forget_old_secret, before=hook))
        destroy_key(services, hook.old_secret)
