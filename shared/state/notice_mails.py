"""What became of a notice for each of its recipients, and its e-mail as it was handed in last."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from shared.state.database import insert_new
from shared.state.tables import notice_mails, notice_recipients


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address, and what its mail server said: waiting, accepted, later or refused."""

    email: str
    status: str
    # When it said so; None while nobody was asked.
    at: datetime | None


def add(
    connection: Connection, account_id: int, notice_id: int, emails: Iterable[str]
) -> list[Recipient]:
    """Let the notice go to these too, those that it goes to already aside; gives all of them."""
    rows = [
        {"account_id": account_id, "notice_id": notice_id, "email": email, "status": "waiting"}
        for email in emails
    ]
    insert_new(connection, notice_recipients, rows)
    return list_all(connection, notice_id)


def list_all(connection: Connection, notice_id: int) -> list[Recipient]:
    """Whom the notice goes to, by address."""
    rows = connection.execute(
        select(notice_recipients)
        .where(notice_recipients.c.notice_id == notice_id)
        .order_by(notice_recipients.c.email)
    )
    return [Recipient(row.email, row.status, row.at) for row in rows]


def of_notices(connection: Connection, notice_ids: Iterable[int]) -> dict[int, list[Recipient]]:
    """Whom each of these notices goes to, by address."""
    ids = list(notice_ids)
    found: dict[int, list[Recipient]] = {each: [] for each in ids}
    rows = connection.execute(
        select(notice_recipients)
        .where(notice_recipients.c.notice_id.in_(ids))
        .order_by(notice_recipients.c.notice_id, notice_recipients.c.email)
    )
    for row in rows:
        found[row.notice_id].append(Recipient(row.email, row.status, row.at))
    return found


def note(connection: Connection, notice_id: int, said: Mapping[str, str], now: datetime) -> None:
    """Keep what was said to each address; who accepted has accepted for good."""
    values = [{"b_email": email, "b_status": status} for email, status in said.items()]
    if not values:
        return
    connection.execute(
        update(notice_recipients)
        .where(
            notice_recipients.c.notice_id == notice_id,
            notice_recipients.c.email == bindparam("b_email"),
            notice_recipients.c.status != "accepted",
        )
        .values(status=bindparam("b_status"), at=now),
        values,
    )


def keep(
    connection: Connection, account_id: int, notice_id: int, content: bytes, now: datetime
) -> None:
    """Remember the e-mail as it is about to be handed in."""
    row: dict[str, Any] = {
        "notice_id": notice_id,
        "account_id": account_id,
        "content": content,
        "made_at": now,
    }
    if insert_new(connection, notice_mails, [row], notice_mails.c.notice_id):
        return
    connection.execute(
        update(notice_mails)
        .where(notice_mails.c.notice_id == notice_id)
        .values(content=content, made_at=now)
    )


def content(connection: Connection, account_id: int, notice_id: int) -> bytes | None:
    """The e-mail as it was handed in last; None when that was not tried yet."""
    statement = select(notice_mails.c.content).where(
        notice_mails.c.account_id == account_id, notice_mails.c.notice_id == notice_id
    )
    return connection.scalars(statement).one_or_none()
