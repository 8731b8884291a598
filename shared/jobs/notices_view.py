"""Notices as people look at them: to whom, when and how far, and the e-mail itself."""

import json
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage

from sqlalchemy import Connection

from shared.domain.members import Actor, require
from shared.domain.pages import Page
from shared.errors import NotFound, OurFault
from shared.jobs.notice_letters import mail_of
from shared.jobs.paging import Place, paged
from shared.jobs.services import Services
from shared.mail.message import WIRE
from shared.state import notice_mails, notices
from shared.state.notice_mails import Recipient
from shared.state.notices import Notice


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice and whom it goes to; before it is tried, those it was queued for."""

    notice: Notice
    recipients: tuple[Recipient, ...]


@dataclass(frozen=True, slots=True)
class MailView:
    """The e-mail of a notice, as it was handed in last or would be now."""

    view: NoticeView
    subject: str
    text: str
    html: str
    # Whether this is what was handed in.
    tried: bool


def list_notices(
    services: Services,
    actor: Actor,
    account_id: int,
    *,
    page_size: int | None = None,
    page_token: str | None = None,
) -> Page[NoticeView]:
    """The account's notices, newest first."""
    require(actor, "notices.list")

    def fetch(connection: Connection, before: int | None, limit: int) -> list[NoticeView]:
        found = notices.page(connection, account_id, before=before, limit=limit)
        known = notice_mails.of_notices(connection, [each.notice_id for each in found])
        return [_view(each, known[each.notice_id]) for each in found]

    place = Place(json.dumps(["notices", account_id]), page_size, page_token)
    return paged(services, place, fetch, lambda view: view.notice.notice_id)


def get_notice(services: Services, actor: Actor, account_id: int, notice_id: int) -> MailView:
    """One notice with its e-mail; raises NotFound."""
    require(actor, "notices.get")

    def look(connection: Connection) -> MailView:
        notice = notices.get(connection, account_id, notice_id)
        if notice is None:
            raise NotFound("The account has no notice of this id; look at the list of them.")
        view = _view(notice, notice_mails.list_all(connection, notice_id))
        sent = notice_mails.content(connection, account_id, notice_id)
        if sent is not None:
            return _mail(view, message_from_bytes(sent, policy=WIRE), tried=True)
        to = tuple(each.email for each in view.recipients)
        try:
            message = mail_of(connection, notice, services.mailing, to, services.clock())
        except OurFault:
            # Withdrawn, with nothing left to tell of.
            return MailView(view, "", "", "", tried=False)
        return _mail(view, message, tried=False)

    return services.database.run(look)


def _view(notice: Notice, known: list[Recipient]) -> NoticeView:
    to = tuple(known) or tuple(Recipient(each, "waiting", None) for each in notice.to)
    return NoticeView(notice, to)


def _mail(view: NoticeView, message: EmailMessage, *, tried: bool) -> MailView:
    text, html = (_part(message, kind) for kind in ("plain", "html"))
    return MailView(view, str(message["Subject"]), text, html, tried)


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    content: str = "" if part is None else part.get_content()
    return content.replace("\r\n", "\n")
