"""Notices: the e-mails about what fails, and what became of each."""

from datetime import datetime
from typing import Any

from pydantic import Field

from functions.api.rest.models import ID_MAX, AccountPath, Output, Page, PageQuery
from functions.api.rest.routes import Call, Resource
from shared.jobs.notices_view import NoticeView, get_notice, list_notices
from shared.state.notices import Kind, NoticeStatus

notices = Resource(
    "Notices",
    "E-mails about exports that cannot be delivered: two warnings, that an export was stopped, or "
    "that it works again; and about scheduled imports: that one fails, or works again; and that "
    "a webhook was switched off. Each is sent until a mail server has taken it.",
)


class NoticePath(AccountPath):
    """The address of a notice."""

    notice_id: int = Field(
        ge=1, le=ID_MAX, description="The notice's id.", json_schema_extra={"example": 7}
    )


class RecipientOut(Output):
    """One address."""

    email: str
    status: str = Field(
        description="waiting, accepted, later (put off by its server) or refused (for good).",
        examples=["accepted"],
    )
    at: datetime | None = Field(description="When its server said so.")


class NoticeOut(Output):
    """A notice as it is listed."""

    notice_id: int
    kind: Kind
    status: NoticeStatus
    bucket: str = Field(
        description="Empty when it tells of an import or a webhook.",
        examples=["gs://partner-feed"],
    )
    import_id: int | None = Field(description="The import that it tells of.")
    reason: str = Field(description="Of the catalogue of reasons.", examples=["403-forbidden"])
    recipients: list[RecipientOut]
    queued_at: datetime
    accepted_at: datetime | None = Field(description="When a mail server took it.")
    attempts: int = Field(description="How often it was handed in.")
    error: str | None = Field(description="Why the last try failed, of the catalogue of reasons.")


class MailOut(NoticeOut):
    """A notice with its e-mail."""

    subject: str
    text: str = Field(description="The e-mail in plain text.")
    html: str = Field(description="The e-mail in HTML.")
    tried: bool = Field(
        description="Whether this is what was handed in; else it is what would be sent now."
    )


class NoticePage(Page[NoticeOut]):
    """One page of notices."""


@notices.get("/accounts/<id:account_id>/notices", "notices.list")
def list_notices_of_account(call: Call, path: AccountPath, query: PageQuery) -> NoticePage:
    """List notices, newest first."""
    page = list_notices(
        call.services,
        call.actor,
        path.account_id,
        page_size=query.page_size,
        page_token=query.page_token,
    )
    items = [NoticeOut(**_shown(each)) for each in page.items]
    return NoticePage(items=items, next_page_token=page.next_page_token)


@notices.get("/accounts/<id:account_id>/notices/<id:notice_id>", "notices.get")
def get_one_notice(call: Call, path: NoticePath) -> MailOut:
    """Get a notice and its e-mail.

    As it was handed in last; before that, as it would be sent now.
    """
    found = get_notice(call.services, call.actor, path.account_id, path.notice_id)
    return MailOut(
        **_shown(found.view),
        subject=found.subject,
        text=found.text,
        html=found.html,
        tried=found.tried,
    )


def _shown(view: NoticeView) -> dict[str, Any]:
    notice = view.notice
    return {
        "notice_id": notice.notice_id,
        "kind": notice.kind,
        "status": notice.status,
        "bucket": notice.bucket,
        "import_id": notice.import_id,
        "reason": notice.reason,
        "recipients": [
            RecipientOut(email=each.email, status=each.status, at=each.at)
            for each in view.recipients
        ],
        "queued_at": notice.queued_at,
        "accepted_at": notice.accepted_at,
        "attempts": notice.attempts,
        "error": notice.error or None,
    }
