"""Sends the e-mails of the outbox, each until a mail server has taken it, and to each once.

A server that took a mail and lost the line before it said so gets the same mail again, with the
same Message-ID; so does one when this process dies before it has noted the answer. Mail programs
show such a mail once. Otherwise nobody gets an e-mail twice.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage

from sqlalchemy import Connection

from shared.domain.addresses import is_address
from shared.domain.members import Role
from shared.errors import SluiceError, Transient
from shared.jobs.notice_letters import WARNINGS, exports_of, mail_of, sender_of
from shared.jobs.services import Services
from shared.logs import log
from shared.mail.message import WIRE
from shared.ports import Verdict
from shared.reasons import (
    MAIL_ALL_REFUSED,
    MAIL_LINE_LOST,
    MAIL_NO_RECIPIENT,
    MAIL_UNAVAILABLE,
)
from shared.state import members, notice_mails, notices
from shared.state.notice_mails import Recipient
from shared.state.notices import Notice

# One look; the rest follows a minute later.
AT_ONCE = 50
PAUSE_MAX = timedelta(hours=1)
# Somebody has the mail, and others were put off by their servers: they are tried for so long.
STRAGGLERS = timedelta(hours=1)
ACCEPTED, LATER, REFUSED = map(str, (Verdict.ACCEPTED, Verdict.LATER, Verdict.REFUSED))


def send_due(services: Services, now: datetime) -> int:
    """Send what is due, oldest first; gives how many notices were tried.

    Two at once take different ones. After one that the server did not answer to, the others wait.
    """
    for tried in range(AT_ONCE):
        claimed = services.database.run(
            lambda c: notices.claim_due(c, now, lease=services.limits.lease, limit=1)
        )
        if not claimed:
            return tried
        if not _handle(services, claimed[0]):
            return tried + 1
    return AT_ONCE


def _handle(services: Services, notice: Notice) -> bool:
    """Send one notice; False when no other can be sent now either."""
    if services.database.run(lambda c: _withdrawn(services, c, notice)):
        log("notice_withdrawn", notice=notice.notice_id)
        return True
    recipients = services.database.run(lambda c: _recipients(c, notice))
    if not recipients:
        _postpone(services, notice, MAIL_NO_RECIPIENT.code)
        return True
    try:
        recipients = _send(services, notice, recipients)
        if any(each.status == REFUSED for each in recipients):
            # Whoever cannot be reached is stood in for by those who look after the account.
            recipients = services.database.run(lambda c: _add_admins(c, notice))
            recipients = _send(services, notice, recipients, {"waiting"})
    except SluiceError as fault:
        severity = "WARNING" if isinstance(fault, Transient) else "ERROR"
        log("notice_postponed", severity=severity, notice=notice.notice_id, reason=fault.reason)
        _postpone(services, notice, fault.reason, uncertain=fault.reason == MAIL_LINE_LOST.code)
        return False
    _settle(services, notice, recipients)
    return True


def _withdrawn(services: Services, connection: Connection, notice: Notice) -> bool:
    """Take back a warning of what was mended before anybody got it."""
    incidents = notices.incidents_of(connection, notice.notice_id)
    if notice.kind not in WARNINGS or any(each.closed_at is None for each in incidents):
        return False
    if notice.uncertain:
        return False
    now = services.clock()
    # Given back first: nobody withdraws what somebody else is sending.
    notices.postpone(connection, notice, now, now, "")
    ids = [each.incident_id for each in incidents]
    return notices.withdraw(connection, notice, ids, now, lease=services.limits.lease)


def _recipients(connection: Connection, notice: Notice) -> list[Recipient]:
    """Whom it goes to: fixed when it is tried first, but for admins who stand in."""
    known = notice_mails.list_all(connection, notice.notice_id)
    if known:
        return known
    wanted = [each for each in notice.to if is_address(each)]
    wanted = wanted or _admins(connection, notice.account_id)
    wanted += _named(connection, notice)
    return notice_mails.add(connection, notice.account_id, notice.notice_id, dict.fromkeys(wanted))


def _add_admins(connection: Connection, notice: Notice) -> list[Recipient]:
    others = stand_ins(connection, notice)
    return notice_mails.add(connection, notice.account_id, notice.notice_id, others)


def stand_ins(connection: Connection, notice: Notice) -> list[str]:
    """Whom it goes to when an address refuses it: the admins, and whoever Send to names by now."""
    return _admins(connection, notice.account_id) + _named(connection, notice)


def _named(connection: Connection, notice: Notice) -> list[str]:
    """The addresses under Send to, each once."""
    found = exports_of(connection, notice)
    return list(dict.fromkeys(email for each in found for email in each.spec.send_to))


def _admins(connection: Connection, account_id: int) -> list[str]:
    found = members.list_all(connection, account_id)
    return [each.email for each in found if each.role is Role.ADMIN and is_address(each.email)]


def _send(
    services: Services,
    notice: Notice,
    recipients: list[Recipient],
    which: Collection[str] = ("waiting", LATER),
) -> list[Recipient]:
    """Hand it in for those who have not got it; gives all recipients as they are then."""
    to = [each.email for each in recipients if each.status in which]
    if not to:
        return recipients
    message = services.database.run(lambda c: _message(services, c, notice, recipients))
    sender = sender_of(services.mailing).address
    said = services.mail.send(message, sender, to)
    return services.database.run(lambda c: _noted(c, notice, said, services.clock()))


def _message(
    services: Services, connection: Connection, notice: Notice, recipients: list[Recipient]
) -> EmailMessage:
    """The mail as it is now; once somebody has it, all others get the very same."""
    if any(each.status == ACCEPTED for each in recipients):
        sent = notice_mails.content(connection, notice.account_id, notice.notice_id)
        if sent is not None:
            return message_from_bytes(sent, policy=WIRE)
    now = services.clock()
    to = tuple(each.email for each in recipients)
    message = mail_of(connection, notice, services.mailing, to, now)
    notice_mails.keep(connection, notice.account_id, notice.notice_id, message.as_bytes(), now)
    return message


def _noted(
    connection: Connection, notice: Notice, said: Mapping[str, Verdict], now: datetime
) -> list[Recipient]:
    words = {email: str(verdict) for email, verdict in said.items()}
    notice_mails.note(connection, notice.notice_id, words, now)
    return notice_mails.list_all(connection, notice.notice_id)


def _settle(services: Services, notice: Notice, recipients: list[Recipient]) -> None:
    """Note what became of the notice as a whole."""
    now = services.clock()
    accepted = [each.at or now for each in recipients if each.status == ACCEPTED]
    waiting = [each for each in recipients if each.status not in (ACCEPTED, REFUSED)]
    if accepted and (not waiting or now - min(accepted) >= STRAGGLERS):
        services.database.run(lambda c: notices.mark_accepted(c, notice, now))
        log("notice_sent", notice=notice.notice_id, kind=str(notice.kind))
    elif waiting:
        _postpone(services, notice, MAIL_UNAVAILABLE.code, uncertain=bool(accepted))
    else:
        reason = MAIL_ALL_REFUSED.code
        services.database.run(lambda c: notices.mark_refused(c, notice, now, reason))
        log("notice_refused", notice=notice.notice_id, reason=reason)


def _postpone(services: Services, notice: Notice, reason: str, *, uncertain: bool = False) -> None:
    now = services.clock()
    # 1, 2, 4 minutes and so on, up to an hour; bounded before it is multiplied.
    pause = min(timedelta(minutes=2 ** min(notice.attempts - 1, 10)), PAUSE_MAX)
    services.database.run(
        lambda c: notices.postpone(c, notice, now, now + pause, reason, uncertain=uncertain)
    )
