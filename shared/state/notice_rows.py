"""Notices as state knows them: what an e-mail is about, whom it goes to, and what became of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, select

from shared.domain.import_notices import ImportNotice
from shared.domain.incidents import Incident, NoticeKind
from shared.domain.webhooks import WebhookNotice
from shared.state.incidents import incident_of_row
from shared.state.tables import incidents, notice_incidents, notices

# What an e-mail is about: an incident, an import or a webhook.
Kind = NoticeKind | ImportNotice | WebhookNotice
_KINDS: dict[str, Kind] = {
    str(kind): kind for kinds in (NoticeKind, ImportNotice, WebhookNotice) for kind in kinds
}
# Incidents looked up by one statement: neither database takes more than 32,766 parameters.
IDS_PER_QUERY = 1_000


class NoticeStatus(StrEnum):
    """What became of a notice; all but QUEUED are for good."""

    QUEUED = "QUEUED"
    # A server took it for one address at least.
    ACCEPTED = "ACCEPTED"
    # No address takes it.
    REFUSED = "REFUSED"
    # Mended before it was sent.
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class NewNotice:
    """An e-mail about to be queued, about at least one incident, an import or a webhook."""

    account_id: int
    kind: Kind
    # The export's creator first; the account's admins where that is nobody who has an address.
    to: tuple[str, ...]
    bucket: str
    reason: str
    incident_ids: tuple[int, ...]
    # JSON: what the e-mail says of each export, and when they stop.
    detail: Mapping[str, Any]
    import_id: int | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One e-mail."""

    notice_id: int
    account_id: int
    kind: Kind
    to: tuple[str, ...]
    bucket: str
    reason: str
    # The left side of the Message-ID; the same for every try.
    message_id: str
    queued_at: datetime
    status: NoticeStatus
    attempts: int
    next_try_at: datetime
    uncertain: bool
    accepted_at: datetime | None
    counts_from: datetime | None
    error: str | None
    detail: Mapping[str, Any]
    # The import that it tells of, when it does.
    import_id: int | None

    @property
    def about(self) -> tuple[str, str]:
        """What it tells of: a bucket, import or webhook, and which."""
        if isinstance(self.kind, NoticeKind):
            return "bucket", self.bucket
        if isinstance(self.kind, WebhookNotice):
            return "webhook", str(self.detail["host"])
        return "import", str(self.detail["nickname"])


def get(connection: Connection, account_id: int, notice_id: int) -> Notice | None:
    """The notice, or None when the account has none of this id."""
    row = connection.execute(
        select(notices).where(notices.c.account_id == account_id, notices.c.notice_id == notice_id)
    ).one_or_none()
    return None if row is None else notice_of_row(row)


def page(
    connection: Connection, account_id: int, *, before: int | None, limit: int
) -> list[Notice]:
    """Up to `limit` notices of the account, newest first, older than `before`."""
    conditions = [notices.c.account_id == account_id]
    if before is not None:
        conditions.append(notices.c.notice_id < before)
    rows = connection.execute(
        select(notices).where(*conditions).order_by(notices.c.notice_id.desc()).limit(limit)
    )
    return [notice_of_row(row) for row in rows]


def incidents_of(connection: Connection, notice_id: int) -> list[Incident]:
    """What the e-mail is about, in the order of the exports."""
    rows = connection.execute(
        select(incidents)
        .join(notice_incidents, notice_incidents.c.incident_id == incidents.c.incident_id)
        .where(notice_incidents.c.notice_id == notice_id)
        .order_by(incidents.c.export_id)
    )
    return [incident_of_row(row) for row in rows]


def of_incidents(connection: Connection, incident_ids: Collection[int]) -> list[tuple[int, Notice]]:
    """All notices about these incidents, as (incident, notice), in the order of their queuing."""
    ids, found = sorted(incident_ids), []
    for first in range(0, len(ids), IDS_PER_QUERY):
        rows = connection.execute(
            select(notice_incidents.c.incident_id, *notices.c)
            .join(notices, notices.c.notice_id == notice_incidents.c.notice_id)
            .where(notice_incidents.c.incident_id.in_(ids[first : first + IDS_PER_QUERY]))
            .order_by(notices.c.notice_id, notice_incidents.c.incident_id)
        )
        found += [(row.incident_id, notice_of_row(row)) for row in rows]
    return found


def notice_of_row(row: Row[Any]) -> Notice:
    """The notice in a row that has all its columns."""
    values = {name: row._mapping[name] for name in Notice.__dataclass_fields__}
    values["kind"] = _KINDS[values["kind"]]
    values["status"] = NoticeStatus(values["status"])
    values["to"] = tuple(values["to"])
    return Notice(**values)
