"""The audit log: written with each change in one transaction, read page by page."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from shared.domain.members import Actor
from shared.domain.pages import Page, checked_page_size, decode, encode
from shared.jobs.services import Services
from shared.jobs.signing import signing_secret
from shared.state import audit
from shared.state.audit import AuditEntry

# What changed in an export of a thousand event names fits; an entry is no place for more.
DETAIL_BYTES_MAX = 100_000


def record_audit(
    connection: Connection,
    actor: Actor,
    account_id: int,
    action: str,
    target: str,
    detail: Mapping[str, Any],
    *,
    now: datetime,
) -> None:
    """Write down who did what, in the transaction of the change itself.

    `action` is an operation of the table of operations, `target` what it was done to; the detail
    is JSON and never holds a secret.
    """
    if len(json.dumps(dict(detail), default=str)) > DETAIL_BYTES_MAX:
        detail = {"dropped": "too long to be kept"}
    plain = json.loads(json.dumps(dict(detail), default=str))
    audit.add(connection, actor, account_id, action, target, plain, now=now)


def list_audit(
    services: Services,
    account_id: int,
    *,
    page_size: int | None = None,
    page_token: str | None = None,
    action: str | None = None,
    actor: str | None = None,
) -> Page[AuditEntry]:
    """Entries of the account, newest first; `action` and `actor` (an address) narrow them down."""
    size = checked_page_size(page_size)
    about = json.dumps(["audit", account_id, action, actor])
    secret = signing_secret(services, "pages")
    position = decode(page_token, secret, about)
    found = services.database.run(
        lambda c: audit.list_newest(
            c,
            account_id,
            before_id=None if position is None else position[0],
            # One more than shown tells whether there is a next page.
            limit=size + 1,
            action=action,
            actor=actor,
        )
    )
    shown = found[:size]
    token = encode([shown[-1].entry_id], secret, about) if len(found) > size else None
    return Page(tuple(shown), token)
