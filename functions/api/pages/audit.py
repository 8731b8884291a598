"""The audit log: who changed what, and when."""

import json
from dataclasses import dataclass
from datetime import datetime

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.pages.frame import show
from functions.api.pages.visits import Visit, page, url
from shared.jobs.audit import list_audit

ITEMS = 40
# What an export of a thousand events changed would fill the page.
DETAIL_CHARS = 2_000
SHORT_CHARS = 70


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as the list shows it."""

    at: datetime
    actor: str
    action: str
    target: str
    # In one line, and in full where that is longer.
    short: str
    detail: str


@page("/audit", "audit.list")
def audit(visit: Visit) -> ResponseReturnValue:
    """Entries, newest first, narrowed down by action or by who it was."""
    chosen = {name: request.args.get(name, "").strip() for name in ("action", "actor")}
    found = list_audit(
        visit.services,
        visit.account_id,
        page_size=ITEMS,
        page_token=request.args.get("page_token") or None,
        action=chosen["action"] or None,
        actor=chosen["actor"] or None,
    )
    token = found.next_page_token
    entries = [
        Line(each.at, each.actor, each.action, each.target, *_detail(dict(each.detail)))
        for each in found.items
    ]
    return show(
        "audit.html",
        entries=entries,
        chosen=chosen,
        next_url=url("audit", **chosen, page_token=token) if token else "",
    )


def _detail(detail: dict[str, object]) -> tuple[str, str]:
    text = "; ".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in detail.items()
        # What was left as it usually is says nothing.
        if value not in (None, False, "", [])
    )
    if len(text) <= SHORT_CHARS:
        return text, ""
    return text[:SHORT_CHARS] + " …", text[:DETAIL_CHARS] + (" …" * (len(text) > DETAIL_CHARS))
