"""Gathers what the e-mail of a notice says, as it is now, and makes the e-mail."""

from datetime import datetime
from email.message import EmailMessage
from urllib.parse import quote

from sqlalchemy import Connection

from shared.config import MailConfig
from shared.domain.choices import DataType, Frequency
from shared.domain.import_notices import ImportNotice
from shared.domain.incidents import SECOND_AFTER, Incident, NoticeKind, stops_at
from shared.domain.specs import ExportSpec
from shared.domain.webhooks import WebhookNotice
from shared.domain.windows import first_cursor
from shared.errors import OurFault
from shared.mail.letters import Concerned, ImportLetter, Letter, Told, WebhookLetter
from shared.mail.message import AnyLetter, From, message_of
from shared.reasons import NOTICE_EMPTY, of
from shared.state import accounts, buckets, connections, export_lists, notices
from shared.state.exports import Export
from shared.state.notices import Notice

WARNINGS = (NoticeKind.FIRST, NoticeKind.SECOND)
_WHAT = {
    DataType.ALL_EVENTS: "all events",
    DataType.SELECT_EVENTS: "selected events",
    DataType.ALL_USER_PROPERTIES: "all user properties",
}


def concerned_incidents(connection: Connection, notice: Notice) -> list[Incident]:
    """What the notice still has to tell of: a warning leaves out what is mended already."""
    found = notices.incidents_of(connection, notice.notice_id)
    still = [each for each in found if each.closed_at is None]
    return still if notice.kind in WARNINGS and still else found


def exports_of(connection: Connection, notice: Notice) -> list[Export]:
    """The exports that the notice tells of, by id."""
    ids = [each.export_id for each in concerned_incidents(connection, notice)]
    found = export_lists.by_ids(connection, notice.account_id, ids)
    return sorted(found, key=lambda each: each.export_id)


def mail_of(
    connection: Connection, notice: Notice, mailing: MailConfig, to: tuple[str, ...], now: datetime
) -> EmailMessage:
    """The e-mail of the notice if it is sent now: its promises of dates begin now."""
    return message_of(_letter(connection, notice, mailing, now), sender_of(mailing), to)


def _letter(
    connection: Connection, notice: Notice, mailing: MailConfig, now: datetime
) -> AnyLetter:
    if isinstance(notice.kind, NoticeKind):
        return letter_of(connection, notice, mailing, now)
    if isinstance(notice.kind, WebhookNotice):
        return letter_of_webhook(connection, notice, mailing, now)
    return letter_of_import(connection, notice, mailing, now)


def sender_of(mailing: MailConfig) -> From:
    """Whose e-mails these are; raises InvalidInput for a configuration that cannot be."""
    return From(mailing.sender, mailing.reply_to, mailing.list_id)


def letter_of(connection: Connection, notice: Notice, mailing: MailConfig, now: datetime) -> Letter:
    """What the notice says if it is sent now."""
    account = accounts.get_settings(connection, notice.account_id)
    incidents = {each.export_id: each for each in concerned_incidents(connection, notice)}
    found = exports_of(connection, notice)
    if account is None or not found:
        raise OurFault(NOTICE_EMPTY.message, reason=NOTICE_EMPTY.code)
    until = export_lists.delivered_until(connection, account.account_id, list(incidents))
    site = _site(account.account_id, mailing)
    accepted = notices.times_of(connection, [each.incident_id for each in incidents.values()])
    # Of several exports, the one that stops first.
    kind = NoticeKind(notice.kind)
    stops = min(stops_at(_sent_now(times, kind, now), now) for times in accepted.values())
    return Letter(
        kind=kind,
        message_id=_message_id(notice, mailing),
        account=account.title,
        zone=account.time_zone,
        bucket=notice.bucket,
        exports=tuple(
            _concerned(each, incidents[each.export_id], until.get(each.export_id), site)
            for each in found
        ),
        reason=_told(notice.reason, site),
        now=now,
        action_url=_action(kind, found, site, _panel(connection, notice)),
        account_url=f"{site}/notices",
        stops_at=stops,
        reminds_at=now + SECOND_AFTER,
    )


def letter_of_import(
    connection: Connection, notice: Notice, mailing: MailConfig, now: datetime
) -> ImportLetter:
    """The same of a notice about an import."""
    account = accounts.get_settings(connection, notice.account_id)
    if account is None:
        raise OurFault(NOTICE_EMPTY.message, reason=NOTICE_EMPTY.code)
    site, detail = _site(account.account_id, mailing), notice.detail
    # Its names are those of when it was queued.
    saved = connections.find(connection, account.account_id, detail["connection_id"])
    return ImportLetter(
        kind=ImportNotice(notice.kind),
        message_id=_message_id(notice, mailing),
        account=account.title,
        zone=account.time_zone,
        nickname=detail["nickname"],
        connection="" if saved is None else saved.name,
        since=datetime.fromisoformat(detail["failing_since"]),
        message=detail["message"],
        reason=_told(notice.reason, site),
        now=now,
        action_url=f"{site}/imports/{notice.import_id}",
        account_url=f"{site}/notices",
    )


def letter_of_webhook(
    connection: Connection, notice: Notice, mailing: MailConfig, now: datetime
) -> WebhookLetter:
    """The same of a notice about a webhook."""
    account = accounts.get_settings(connection, notice.account_id)
    if account is None:
        raise OurFault(NOTICE_EMPTY.message, reason=NOTICE_EMPTY.code)
    site = _site(account.account_id, mailing)
    return WebhookLetter(
        kind=WebhookNotice(notice.kind),
        message_id=_message_id(notice, mailing),
        account=account.title,
        zone=account.time_zone,
        host=notice.detail["host"],
        off_at=notice.queued_at,
        reason=_told(notice.reason, site),
        now=now,
        action_url=f"{site}/webhooks/{notice.detail['webhook_id']}",
        account_url=f"{site}/notices",
    )


def _site(account_id: int, mailing: MailConfig) -> str:
    return f"{mailing.dashboard_url.rstrip('/')}/accounts/{account_id}"


def _message_id(notice: Notice, mailing: MailConfig) -> str:
    return f"<{notice.message_id}@{sender_of(mailing).address.rpartition('@')[2]}>"


def _sent_now(
    times: dict[NoticeKind, datetime | None], kind: NoticeKind, now: datetime
) -> dict[NoticeKind, datetime | None]:
    """The notices of an incident, as if this one was accepted now."""
    return {**times, kind: now} if kind in WARNINGS else times


def _concerned(export: Export, incident: Incident, until: datetime | None, site: str) -> Concerned:
    nothing_yet = until is None or until <= first_cursor(export.spec)
    return Concerned(
        export_id=export.export_id,
        what=_described(export.spec),
        url=f"{site}/exports/{export.export_id}",
        failing_since=incident.opened_at,
        delivered_until=None if nothing_yet else until,
        missing_from=until,
        name=export.name or "",
    )


def _described(spec: ExportSpec) -> str:
    how_often = "once"
    if spec.every is not None:
        minutes = int(spec.every.total_seconds()) // 60
        live = spec.frequency is Frequency.LIVE
        how_often = f"every {minutes} minutes" if live else f"every {minutes // 60} hours"
    return f"{_WHAT[spec.data_type]} as {_format(spec)}, {how_often}"


def _format(spec: ExportSpec) -> str:
    name = str(spec.format)
    return name.title() if name == "parquet" else name.upper()


def _told(code: str, site: str) -> Told:
    reason = of(code)
    guide = f"{site}{reason.guide}" if reason.guide else ""
    return Told(reason.code, reason.title, reason.cause, reason.fix, guide)


def _panel(connection: Connection, notice: Notice) -> str:
    """Where the bucket stands among the account's; empty for one that is not saved."""
    saved = buckets.find(connection, notice.account_id, notice.bucket)
    return "" if saved is None else f"#bucket-{saved.bucket_id}"


def _action(kind: NoticeKind, exports: list[Export], site: str, panel: str) -> str:
    """Where the button leads."""
    if kind in WARNINGS:
        return f"{site}/buckets{panel}"
    if len(exports) > 1:
        return f"{site}/exports?text={quote(exports[0].spec.bucket, safe='')}"
    export_id = exports[0].export_id
    stopped = kind is NoticeKind.STOPPED
    return f"{site}/exports/new?again={export_id}" if stopped else f"{site}/exports/{export_id}"
