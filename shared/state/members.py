"""Members in state: who may work in which account, and as what."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, select, update

from shared.domain.account_settings import AccountSettings
from shared.domain.members import Role
from shared.state.accounts import settings_of_row
from shared.state.database import insert_new
from shared.state.tables import accounts, members


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who may work in an account."""

    account_id: int
    email: str
    role: Role
    added_at: datetime
    added_by: str


def add(connection: Connection, member: Member) -> bool:
    """Store a new member; False when there is one of this address, who stays as he is."""
    row = {
        "account_id": member.account_id,
        "email": member.email,
        "role": str(member.role),
        "added_at": member.added_at,
        "added_by": member.added_by,
    }
    return bool(insert_new(connection, members, [row], members.c.email))


def get(connection: Connection, account_id: int, email: str) -> Member | None:
    """The member, or None when the account has none of this address."""
    row = connection.execute(
        select(members).where(members.c.account_id == account_id, members.c.email == email)
    ).one_or_none()
    return None if row is None else _member(row)


def list_all(connection: Connection, account_id: int) -> list[Member]:
    """All members of the account, by address."""
    rows = connection.execute(
        select(members).where(members.c.account_id == account_id).order_by(members.c.email)
    )
    return [_member(row) for row in rows]


def set_role(connection: Connection, account_id: int, email: str, role: Role) -> None:
    """Change what the member may do."""
    connection.execute(
        update(members)
        .where(members.c.account_id == account_id, members.c.email == email)
        .values(role=str(role))
    )


def remove(connection: Connection, account_id: int, email: str) -> None:
    """Forget the member; does nothing when he is forgotten."""
    connection.execute(
        delete(members).where(members.c.account_id == account_id, members.c.email == email)
    )


def count_admins(connection: Connection, account_id: int) -> int:
    """How many admins the account has."""
    statement = (
        select(func.count())
        .select_from(members)
        .where(members.c.account_id == account_id, members.c.role == str(Role.ADMIN))
    )
    return int(connection.scalars(statement).one())


def accounts_of(connection: Connection, email: str) -> list[tuple[AccountSettings, Role]]:
    """The accounts that somebody is a member of, by id, each with his role in it."""
    rows = connection.execute(
        select(accounts, members.c.role)
        .join(members, members.c.account_id == accounts.c.account_id)
        .where(members.c.email == email)
        .order_by(accounts.c.account_id)
    )
    return [(settings_of_row(row), Role(row.role)) for row in rows]


def accounts_without_admin(connection: Connection) -> list[int]:
    """Ids of all accounts that nobody administers, ascending."""
    admin = exists().where(
        members.c.account_id == accounts.c.account_id, members.c.role == str(Role.ADMIN)
    )
    statement = select(accounts.c.account_id).where(~admin).order_by(accounts.c.account_id)
    return list(connection.scalars(statement))


def _member(row: Row[Any]) -> Member:
    return Member(row.account_id, row.email, Role(row.role), row.added_at, row.added_by)
