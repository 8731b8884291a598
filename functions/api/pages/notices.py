"""Notices: the e-mails about what fails, and each as it was or will be sent."""

from dataclasses import dataclass
from datetime import datetime

from flask import Response, request
from flask.typing import ResponseReturnValue

from functions.api.headers import CONTENT_SECURITY_POLICY
from functions.api.pages.frame import show
from functions.api.pages.states import State
from functions.api.pages.visits import Visit, page, url
from shared.domain.import_notices import ImportNotice
from shared.domain.incidents import NoticeKind
from shared.domain.webhooks import WebhookNotice
from shared.jobs.notices_view import NoticeView, get_notice, list_notices
from shared.reasons import of
from shared.state.notices import Kind, NoticeStatus

ITEMS = 20
# An e-mail has styles of its own and nothing else: it runs no script, loads nothing, sends
# nothing, has no origin, and is shown in our own pages alone.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox"
)
KINDS: dict[Kind, str] = {
    NoticeKind.FIRST: "First warning",
    NoticeKind.SECOND: "Second warning",
    NoticeKind.STOPPED: "Stopped",
    NoticeKind.RECOVERED: "Works again",
    ImportNotice.FAILED: "Import failed",
    ImportNotice.RECOVERED: "Import works again",
    WebhookNotice.OFF: "Webhook switched off",
}
_STATES = {
    NoticeStatus.QUEUED: State("QUEUED", "pending", "clock"),
    NoticeStatus.ACCEPTED: State("SENT", "done", "done"),
    NoticeStatus.REFUSED: State("REFUSED", "failed", "failed"),
    NoticeStatus.WITHDRAWN: State("WITHDRAWN", "stopped", "stop"),
}
_SAID = {
    "waiting": "not tried yet",
    "accepted": "accepted",
    "later": "put off, tried again",
    "refused": "refused for good",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One notice as the list shows it."""

    id: int
    kind: str
    state: State
    # What it tells of: a bucket, an import or a webhook, and which.
    what: str
    about: str
    reason: str
    # Address, and what its server said.
    recipients: tuple[tuple[str, str], ...]
    queued_at: datetime
    accepted_at: datetime | None
    attempts: int
    # Why the last try failed, in words.
    error: str


@page("/notices", "notices.list")
def notices(visit: Visit) -> ResponseReturnValue:
    """The list, newest first."""
    found = list_notices(
        visit.services,
        visit.actor,
        visit.account_id,
        page_size=ITEMS,
        page_token=request.args.get("page_token") or None,
    )
    token = found.next_page_token
    return show(
        "notices.html",
        lines=[_line(each) for each in found.items],
        next_url=url("notices", page_token=token) if token else "",
    )


@page("/notices/<id:notice_id>", "notices.get")
def notice(visit: Visit, notice_id: int) -> ResponseReturnValue:
    """One notice with its e-mail."""
    found = get_notice(visit.services, visit.actor, visit.account_id, notice_id)
    response = show("notice.html", line=_line(found.view), mail=found)
    response.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    return response


@page("/notices/<id:notice_id>/mail", "notices.get")
def notice_mail(visit: Visit, notice_id: int) -> ResponseReturnValue:
    """The e-mail's HTML alone, for a frame that can do nothing."""
    found = get_notice(visit.services, visit.actor, visit.account_id, notice_id)
    response = Response(found.html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _line(view: NoticeView) -> Line:
    one = view.notice
    return Line(
        id=one.notice_id,
        kind=KINDS[one.kind],
        state=_STATES[one.status],
        what=one.about[0].title(),
        about=one.about[1],
        reason=of(one.reason).title,
        recipients=tuple((each.email, _SAID[each.status]) for each in view.recipients),
        queued_at=one.queued_at,
        accepted_at=one.accepted_at,
        attempts=one.attempts,
        error=of(one.error).title if one.error else "",
    )
