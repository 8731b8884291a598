"""Makes connections as a file declares them: what is new or opened otherwise is tried first."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.credentials.kinds import Credential
from shared.domain.connections import checked_name
from shared.domain.declared import Change, Verb, at_line
from shared.domain.declared_connections import DeclaredConnection, connection_change
from shared.import_ports import Source
from shared.jobs.bucket_credentials import credential_of, destroy_key, keep_credential
from shared.jobs.declared_buckets import access_of
from shared.jobs.declared_entries import ConnectionEntry, Declared, Plan
from shared.jobs.import_source import check_mapped
from shared.jobs.manage_connections import add_connection, check_feature, rotate_connection
from shared.jobs.services import Services
from shared.jobs.try_connection import WHAT, refuse, told_trial
from shared.state import connections
from shared.state.connections import SavedConnection


def connection_changes(services: Services, declared: Declared) -> Iterator[Change]:
    """What has to be done about the connections of the file."""
    for entry in declared.connections:
        with at_line(declared.source, entry.line):
            checked_name(entry.name)
            credentials = access_of(_credential(services, declared, entry))
            saved = find(services, declared, entry.name)
            change = connection_change(
                DeclaredConnection(entry.name, entry.line, entry.place, entry.access, credentials),
                None if saved is None else _present(saved),
            )
        if change is not None:
            yield change


def check_connection(services: Services, plan: Plan, change: Change) -> None:
    """Try a connection, and look for what the imports of the file will read through it."""
    declared = plan.declared
    entry = _entry(declared, change.name)
    if change.verb is Verb.SAVE:
        check_feature(services, declared.account_id)
    read = {each.name for each in plan.changes if each.what == "import"}
    with _opened(services, declared, entry) as source:
        for wanted in declared.imports:
            if wanted.connection == entry.name and wanted.name in read and not wanted.stopped:
                with at_line(declared.source, wanted.line):
                    check_mapped(lambda: source, wanted.source, wanted.mapping)


def apply_connection(services: Services, declared: Declared, change: Change) -> None:
    """Save the connection, or give it new credentials."""
    entry = _entry(declared, change.name)
    saved = find(services, declared, entry.name)
    if change.verb is Verb.SAVE or saved is None:
        add_connection(
            services,
            declared.account_id,
            entry.place,
            name=entry.name,
            access=entry.access,
            key_file=entry.key_file,
            impersonate=entry.impersonate,
        )
        return
    rotate_connection(
        services,
        declared.account_id,
        saved.connection_id,
        key_file=entry.key_file,
        impersonate=entry.impersonate,
    )


def find(services: Services, declared: Declared, name: str) -> SavedConnection | None:
    """The saved connection of this name."""
    return services.database.run(lambda c: connections.find_named(c, declared.account_id, name))


@contextmanager
def _opened(services: Services, declared: Declared, entry: ConnectionEntry) -> Iterator[Source]:
    """The dataset, as credentials open it that are not to be kept; InvalidInput when it fails."""
    account_id = declared.account_id
    with at_line(declared.source, entry.line):
        credential = _credential(services, declared, entry)
    kept = keep_credential(services, account_id, entry.place.url, credential, WHAT)
    try:
        with at_line(declared.source, entry.line):
            trial = told_trial(
                lambda: services.looks.given(account_id, entry.place, kept, ""), entry.access
            )
            refuse(trial, entry.access)
        yield services.looks.given(account_id, entry.place, kept, trial.location or "")
    finally:
        destroy_key(services, kept.secret)


def _credential(services: Services, declared: Declared, entry: ConnectionEntry) -> Credential:
    return credential_of(services, declared.account_id, entry.key_file, entry.impersonate)


def _present(saved: SavedConnection) -> DeclaredConnection:
    how = saved.credentials
    credentials = (how.kind, how.email, how.key_id)
    return DeclaredConnection(saved.name, 0, saved.place, saved.access, credentials)


def _entry(declared: Declared, name: str) -> ConnectionEntry:
    return next(entry for entry in declared.connections if entry.name == name)
