"""What people do with webhooks: make, list, change, test, rotate the secret, remove."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from secrets import token_bytes, token_hex
from typing import Any

from sqlalchemy import Connection

from shared.domain.members import Actor, require
from shared.domain.webhooks import (
    OLD_SECRET_KEPT,
    SECRET_BYTES,
    TEST_EVENT,
    WEBHOOKS_MAX,
    checked_events,
    checked_url,
    shown_secret,
)
from shared.errors import Conflict, NotFound
from shared.jobs.audit import record_audit
from shared.jobs.bucket_credentials import destroy_key
from shared.jobs.rates import allow
from shared.jobs.services import Services
from shared.jobs.webhooks import message
from shared.reasons import WEBHOOK_OFF
from shared.state import accounts, webhook_messages, webhooks
from shared.state.webhook_messages import WebhookMessage
from shared.state.webhooks import Webhook

MESSAGES_SHOWN = 20


def create_webhook(
    services: Services, actor: Actor, account_id: int, url: str, events: Iterable[str]
) -> tuple[Webhook, str]:
    """A new webhook, and the secret of its signatures, which is never shown again."""
    require(actor, "webhooks.create")
    wanted, now = checked_events(events), services.clock()
    allow(services, account_id, actor, "credentials")
    services.posts.check(checked_url(url))
    reference, secret = _new_secret(services, account_id)

    def store(connection: Connection) -> Webhook:
        if accounts.get_settings(connection, account_id, hold=True) is None:
            raise NotFound(f"There is no account {account_id} that is yours to see.")
        if webhooks.count(connection, account_id) >= WEBHOOKS_MAX:
            raise Conflict(f"An account has at most {WEBHOOKS_MAX} webhooks; remove one first.")
        made = webhooks.add(connection, account_id, url, wanted, reference, by=actor.email, now=now)
        _record(connection, actor, "webhooks.create", made, {"url": url, "events": wanted}, now)
        return made

    try:
        return services.database.run(store), secret
    except (NotFound, Conflict):
        destroy_key(services, reference)
        raise


def list_webhooks(services: Services, actor: Actor, account_id: int) -> list[Webhook]:
    """The account's webhooks, oldest first."""
    require(actor, "webhooks.list")
    return services.database.run(lambda c: webhooks.list_all(c, account_id))


def list_messages(
    services: Services, actor: Actor, account_id: int, webhook_id: int
) -> list[WebhookMessage]:
    """The newest messages to the webhook, newest first; raises NotFound."""
    require(actor, "webhooks.list")

    def look(connection: Connection) -> list[WebhookMessage]:
        _existing(connection, account_id, webhook_id)
        return webhook_messages.newest(connection, account_id, webhook_id, MESSAGES_SHOWN)

    return services.database.run(look)


def update_webhook(
    services: Services,
    actor: Actor,
    account_id: int,
    webhook_id: int,
    *,
    url: str | None = None,
    events: Iterable[str] | None = None,
    enabled: bool | None = None,
) -> Webhook:
    """Let it lead elsewhere, be told other events, or switch it off or on again.

    What is queued while it is off is lost to it: it is told what happens from then on.
    """
    require(actor, "webhooks.update")
    wanted = None if events is None else checked_events(events)
    if url is not None:
        allow(services, account_id, actor, "credentials")
        services.posts.check(checked_url(url))
    now = services.clock()

    def store(connection: Connection) -> Webhook:
        before = _existing(connection, account_id, webhook_id)
        after = replace(before, url=url or before.url, events=wanted or before.events)
        webhooks.change(connection, account_id, webhook_id, url=after.url, events=after.events)
        if enabled is not None:
            off_at, why = (None, "") if enabled else (now, WEBHOOK_OFF.code)
            webhooks.switch(connection, account_id, webhook_id, off_at=off_at, why=why)
        after = _existing(connection, account_id, webhook_id)
        if changed := _difference(before, after):
            _record(connection, actor, "webhooks.update", after, changed, now)
        return after

    return services.database.run(store)


def try_webhook(services: Services, actor: Actor, account_id: int, webhook_id: int) -> str:
    """Queue a message that only tries the webhook; gives its id. It is sent within a minute."""
    require(actor, "webhooks.test")
    allow(services, account_id, actor, "test")
    now = services.clock()

    def store(connection: Connection) -> str:
        hook = _existing(connection, account_id, webhook_id)
        if hook.disabled_at is not None:
            raise Conflict("The webhook is switched off; switch it on, then test it.")
        row = message(account_id, webhook_id, TEST_EVENT, {"account_id": account_id}, now=now)
        webhook_messages.queue(connection, [row], now)
        _record(connection, actor, "webhooks.test", hook, {}, now)
        return str(row["message_id"])

    return services.database.run(store)


def rotate_webhook(
    services: Services, actor: Actor, account_id: int, webhook_id: int
) -> tuple[Webhook, str]:
    """Sign with a new secret, shown once, and for 24 hours with the one before as well."""
    require(actor, "webhooks.rotate")
    allow(services, account_id, actor, "credentials")
    before = services.database.run(lambda c: _existing(c, account_id, webhook_id))
    reference, secret = _new_secret(services, account_id)
    now = services.clock()

    def store(connection: Connection) -> Webhook | None:
        if not webhooks.rotate(connection, before, reference, now + OLD_SECRET_KEPT):
            return None
        after = _existing(connection, account_id, webhook_id)
        _record(connection, actor, "webhooks.rotate", after, {}, now)
        return after

    after = services.database.run(store)
    if after is None:
        destroy_key(services, reference)
        raise Conflict("The webhook changed meanwhile; look at it and rotate again.")
    # One from before the last rotation signs nothing any more.
    destroy_key(services, before.old_secret)
    return after, secret


def remove_webhook(services: Services, actor: Actor, account_id: int, webhook_id: int) -> None:
    """Tell it nothing more, forget what it was told and destroy its secret; raises NotFound."""
    require(actor, "webhooks.remove")
    now = services.clock()

    def store(connection: Connection) -> Webhook:
        hook = _existing(connection, account_id, webhook_id)
        webhook_messages.remove_all(connection, account_id, webhook_id)
        webhooks.remove(connection, account_id, webhook_id)
        _record(connection, actor, "webhooks.remove", hook, {"url": hook.url}, now)
        return hook

    removed = services.database.run(store)
    destroy_key(services, removed.secret)
    destroy_key(services, removed.old_secret)


def _new_secret(services: Services, account_id: int) -> tuple[str, str]:
    """A reference to a new secret, and the secret as receivers take it."""
    secret = token_bytes(SECRET_BYTES)
    reference = services.secrets.put(f"webhook-{account_id}-{token_hex(8)}", secret)
    return reference, shown_secret(secret)


def _existing(connection: Connection, account_id: int, webhook_id: int) -> Webhook:
    found = webhooks.get(connection, account_id, webhook_id)
    if found is None:
        raise NotFound("The account has no webhook of this id.")
    return found


def _difference(before: Webhook, after: Webhook) -> dict[str, Any]:
    pairs = {
        "url": (before.url, after.url),
        "events": (before.events, after.events),
        "enabled": (before.disabled_at is None, after.disabled_at is None),
    }
    return {name: [old, new] for name, (old, new) in pairs.items() if old != new}


def _record(
    connection: Connection,
    actor: Actor,
    action: str,
    hook: Webhook,
    detail: dict[str, Any],
    now: datetime,
) -> None:
    target = str(hook.webhook_id)
    record_audit(connection, actor, hook.account_id, action, target, detail, now=now)
