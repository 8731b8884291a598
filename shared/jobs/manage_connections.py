"""What people do with connections: test, save, rotate the credentials, list, remove."""

import json
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from shared.domain.connections import Access, Dataset, checked_name
from shared.domain.members import COMMAND_LINE, Actor, require
from shared.domain.pages import Page
from shared.errors import Conflict, NotAllowed
from shared.jobs.audit import record_audit
from shared.jobs.bucket_credentials import (
    credential_of,
    destroy_key,
    keep_credential,
    kept_only_if_used,
)
from shared.jobs.lookup import account_of
from shared.jobs.paging import Place, paged
from shared.jobs.rates import allow
from shared.jobs.services import Services
from shared.jobs.try_connection import (
    WHAT,
    check_keyless,
    check_place,
    connection_of,
    missing_connection,
    refuse,
    told_trial,
    try_connection,
    try_new,
    unless_moved,
)
from shared.state import accounts, connections, imports
from shared.state.connections import ConnectionFilter, NewConnection, SavedConnection

__all__ = [
    "add_connection",
    "check_feature",
    "connection_of",
    "list_connections",
    "remove_connection",
    "rotate_connection",
    "try_connection",
    "try_new",
]


def add_connection(
    services: Services,
    account_id: int,
    place: Dataset,
    *,
    name: str,
    access: Access = Access.READ_WRITE,
    key_file: bytes | None = None,
    impersonate: str | None = None,
    actor: Actor = COMMAND_LINE,
) -> SavedConnection:
    """Save a connection once it works; raises InvalidInput, and then nothing was kept."""
    require(actor, "connections.create")
    account_of(services, account_id)
    check_place(actor, place)
    check_feature(services, account_id)
    checked_name(name)
    if services.database.run(lambda c: connections.find_named(c, account_id, name)):
        raise _taken(name)
    allow(services, account_id, actor, "credentials")
    credential = credential_of(services, account_id, key_file, impersonate)
    check_keyless(place, credential)
    kept = keep_credential(services, account_id, place.url, credential, WHAT)
    now = services.clock()

    def store(connection: Connection, location: str) -> SavedConnection:
        new = NewConnection(account_id, name, place, access, location, kept, actor.email)
        stored = connections.insert(connection, new, now)
        if stored is None:
            # Somebody else saved one of this name since it was looked for.
            raise _taken(name)
        _record(connection, actor, "connections.create", stored, now)
        return stored

    with kept_only_if_used(services, kept):
        trial = told_trial(lambda: services.looks.given(account_id, place, kept, ""), access)
        refuse(trial, access)
        return services.database.run(lambda c: store(c, trial.location or ""))


def rotate_connection(
    services: Services,
    account_id: int,
    connection_id: int,
    *,
    key_file: bytes | None = None,
    impersonate: str | None = None,
    actor: Actor = COMMAND_LINE,
) -> SavedConnection:
    """*Rotate key*: take new credentials once they work; the old key is destroyed."""
    require(actor, "connections.rotate")
    before = connection_of(services, account_id, connection_id)
    allow(services, account_id, actor, "credentials")
    credential = credential_of(services, account_id, key_file, impersonate)
    check_keyless(before.place, credential)
    kept = keep_credential(services, account_id, before.place.url, credential, WHAT)
    now = services.clock()

    def store(connection: Connection) -> None:
        if not connections.set_credentials(connection, before, kept, now):
            raise Conflict(f"The connection {before.name} changed meanwhile; look, rotate again.")
        after = replace(before, credentials=kept)
        _record(connection, actor, "connections.rotate", after, now)

    with kept_only_if_used(services, kept):
        trial = told_trial(
            lambda: services.looks.given(account_id, before.place, kept, before.location),
            before.access,
        )
        refuse(unless_moved(trial, before), before.access)
        services.database.run(store)
    destroy_key(services, before.credentials.secret)
    return connection_of(services, account_id, connection_id)


def remove_connection(
    services: Services, account_id: int, connection_id: int, *, actor: Actor = COMMAND_LINE
) -> SavedConnection:
    """Forget the connection and destroy its key; raises Conflict while imports may use it."""
    require(actor, "connections.remove")
    now = services.clock()

    def store(connection: Connection) -> SavedConnection:
        saved = connections.hold(connection, account_id, connection_id)
        if saved is None:
            raise missing_connection(account_id, connection_id)
        users = imports.blocking(connection, account_id, connection_id)
        if users:
            names = ", ".join(each.spec.nickname for each in users)
            raise Conflict(
                f"The connection {saved.name} is in use; stop these imports first: {names}.",
                reason="connection-in-use",
            )
        connections.remove(connection, account_id, connection_id)
        _record(connection, actor, "connections.remove", saved, now)
        return saved

    saved = services.database.run(store)
    destroy_key(services, saved.credentials.secret)
    return saved


def list_connections(
    services: Services,
    account_id: int,
    wanted: ConnectionFilter | None = None,
    *,
    page_size: int | None = None,
    page_token: str | None = None,
) -> Page[SavedConnection]:
    """Connections of the account, the newest first, by *Connected On* and *Connected By*."""
    chosen = wanted or ConnectionFilter()
    parts = ["connections", account_id, chosen.since, chosen.until, chosen.created_by]
    place = Place(json.dumps(parts, default=str), page_size, page_token)

    def fetch(connection: Connection, after: list[str] | None, limit: int) -> list[SavedConnection]:
        before = None if after is None else (datetime.fromisoformat(after[0]), int(after[1]))
        return connections.page(connection, account_id, chosen, before=before, limit=limit)

    return paged(
        services, place, fetch, lambda saved: [saved.created_at.isoformat(), saved.connection_id]
    )


def check_feature(services: Services, account_id: int) -> None:
    """Raise NotAllowed when the account may not import."""
    settings = services.database.run(lambda c: accounts.get_settings(c, account_id))
    if settings is not None and not settings.flags.bigquery_import:
        raise NotAllowed(
            "Imports are switched off for this account; an admin can switch them on in the "
            "account's settings.",
            reason="feature-off",
        )


def _record(
    connection: Connection, actor: Actor, action: str, saved: SavedConnection, now: datetime
) -> None:
    detail = {
        "name": saved.name,
        "dataset": saved.place.url,
        "access": str(saved.access),
        "kind": saved.credentials.kind,
        "email": saved.credentials.email,
        "key_id": saved.credentials.key_id,
    }
    target = str(saved.connection_id)
    record_audit(connection, actor, saved.account_id, action, target, detail, now=now)


def _taken(name: str) -> Conflict:
    return Conflict(f"There is a connection named {name} already; choose another name.")
