"""Connections in state: which dataset, and where the credentials lie; never what they are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, select

from shared.domain import connections as domain
from shared.domain.bucket_access import Access
from shared.domain.connections import Dataset
from shared.state import key_health
from shared.state.database import insert_new
from shared.state.tables import connections


@dataclass(frozen=True, slots=True)
class NewConnection:
    """A connection about to be saved."""

    account_id: int
    name: str
    place: Dataset
    access: domain.Access
    location: str
    credentials: Access
    created_by: str


@dataclass(frozen=True, slots=True)
class SavedConnection:
    """A connection of an account."""

    connection_id: int
    account_id: int
    name: str
    place: Dataset
    access: domain.Access
    location: str
    credentials: Access
    created_at: datetime
    created_by: str
    credentials_at: datetime
    # When the credentials last let us in.
    worked_at: datetime | None
    # When it was last tried, since when that fails, and for which reason of the catalogue.
    probed_at: datetime
    failing_since: datetime | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class ConnectionFilter:
    """*Connected On*, half-open, and *Connected By*; None is no limit."""

    since: datetime | None = None
    until: datetime | None = None
    created_by: str | None = None


def insert(connection: Connection, new: NewConnection, now: datetime) -> SavedConnection | None:
    """Save a connection that works; None when the account has one of this name."""
    row = {
        "account_id": new.account_id,
        "name": new.name,
        "project": new.place.project,
        "dataset": new.place.dataset,
        "access": str(new.access),
        "location": new.location,
        **key_health.access_columns(new.credentials),
        "created_at": now,
        "created_by": new.created_by,
        "credentials_at": now,
        "worked_at": now,
        "probed_at": now,
    }
    made = insert_new(connection, connections, [row], connections.c.connection_id)
    return find(connection, new.account_id, made[0].connection_id) if made else None


def find(connection: Connection, account_id: int, connection_id: int) -> SavedConnection | None:
    """The account's connection of this id."""
    return _one(connection, _of(account_id).where(connections.c.connection_id == connection_id))


def find_named(connection: Connection, account_id: int, name: str) -> SavedConnection | None:
    """The account's connection of this name."""
    return _one(connection, _of(account_id).where(connections.c.name == name))


def hold(connection: Connection, account_id: int, connection_id: int) -> SavedConnection | None:
    """Keep the connection from being removed until the transaction ends; None when it is gone."""
    statement = _of(account_id).where(connections.c.connection_id == connection_id)
    return _one(connection, statement.with_for_update())


def page(
    connection: Connection,
    account_id: int,
    wanted: ConnectionFilter,
    *,
    before: tuple[datetime, int] | None = None,
    limit: int,
) -> list[SavedConnection]:
    """Connections of the account, the newest first."""
    statement = _of(account_id)
    if wanted.since is not None:
        statement = statement.where(connections.c.created_at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(connections.c.created_at < wanted.until)
    if wanted.created_by is not None:
        statement = statement.where(connections.c.created_by == wanted.created_by)
    if before is not None:
        at, connection_id = before
        earlier = (connections.c.created_at == at) & (connections.c.connection_id < connection_id)
        statement = statement.where((connections.c.created_at < at) | earlier)
    order = (connections.c.created_at.desc(), connections.c.connection_id.desc())
    return [_saved(row) for row in connection.execute(statement.order_by(*order).limit(limit))]


def names(connection: Connection, account_id: int) -> dict[str, int]:
    """The names of all connections of the account, with their ids."""
    rows = connection.execute(
        select(connections.c.name, connections.c.connection_id).where(
            connections.c.account_id == account_id
        )
    )
    return {row.name: row.connection_id for row in rows}


def set_credentials(
    connection: Connection, before: SavedConnection, credentials: Access, now: datetime
) -> bool:
    """Take new credentials that work; False when somebody changed or removed the connection."""
    one = _one_of(before.account_id, before.connection_id)
    as_seen = (before.credentials, before.credentials_at)
    return key_health.rotate(connection, connections, one, as_seen, credentials, now)


def note_probe(
    connection: Connection, account_id: int, connection_id: int, failure: str | None, now: datetime
) -> None:
    """Note that the connection was tried: None is that it works, else why it does not."""
    one = _one_of(account_id, connection_id)
    key_health.note(connection, connections, one, failure, now)


def claim_due(
    connection: Connection, *, before: datetime, now: datetime, limit: int
) -> list[SavedConnection]:
    """Connections of all accounts that were not tried since `before`; each goes to one who asks.

    Of two who ask at once the second gets others; one that dies meanwhile is due again later.
    """
    key = connections.c.connection_id
    rows = key_health.claim_due(connection, key, before=before, now=now, limit=limit)
    return [_saved(row) for row in rows]


def remove(connection: Connection, account_id: int, connection_id: int) -> None:
    """Forget the connection; does nothing when it is forgotten."""
    connection.execute(delete(connections).where(_one_of(account_id, connection_id)))


def _of(account_id: int) -> Select[Any]:
    return select(connections).where(connections.c.account_id == account_id)


def _one(connection: Connection, statement: Select[Any]) -> SavedConnection | None:
    row = connection.execute(statement).one_or_none()
    return None if row is None else _saved(row)


def _one_of(account_id: int, connection_id: int) -> ColumnElement[bool]:
    return and_(
        connections.c.account_id == account_id, connections.c.connection_id == connection_id
    )


def _saved(row: Row[Any]) -> SavedConnection:
    return SavedConnection(
        connection_id=row.connection_id,
        account_id=row.account_id,
        name=row.name,
        place=Dataset(row.project, row.dataset),
        access=domain.Access(row.access),
        location=row.location,
        credentials=key_health.access_of(row),
        created_at=row.created_at,
        created_by=row.created_by,
        credentials_at=row.credentials_at,
        worked_at=row.worked_at,
        probed_at=row.probed_at,
        failing_since=row.failing_since,
        failure=row.failure,
    )
