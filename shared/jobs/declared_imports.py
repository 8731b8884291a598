"""Makes imports as a file declares them."""

from collections.abc import Callable, Collection, Iterator, Mapping

from shared.domain.declared import Change, Verb, at_line
from shared.domain.declared_imports import (
    DeclaredImport,
    PresentImport,
    import_changes,
    spec_of,
)
from shared.domain.import_specs import ImportSpec
from shared.errors import InvalidInput
from shared.jobs.declared_entries import Declared
from shared.jobs.import_lookup import status_of
from shared.jobs.import_source import check_mapped
from shared.jobs.lookup import account_of
from shared.jobs.manage_connections import check_feature
from shared.jobs.manage_imports import (
    create_import,
    edit_import,
    pause_import,
    resume_import,
    start_import,
    stop_import,
)
from shared.jobs.services import Services
from shared.state import connections, imports
from shared.state.imports import Import

# A connection that is still to be saved has no id yet.
_NEW = 0
_READING = (Verb.CREATE, Verb.EDIT, Verb.START)
_MOVES: Mapping[Verb, Callable[[Services, int, int], Import]] = {
    Verb.STOP: stop_import,
    Verb.PAUSE: pause_import,
    Verb.START: start_import,
    Verb.RESUME: resume_import,
}


def changes_of_imports(
    services: Services, declared: Declared, saved: Mapping[str, int]
) -> Iterator[Change]:
    """What has to be done about the imports of the file; `saved` connections have their ids."""
    account, now = account_of(services, declared.account_id), services.clock()
    names = {connection_id: name for name, connection_id in saved.items()}
    known = {entry.name for entry in declared.connections} | set(saved)
    for wanted in declared.imports:
        with at_line(declared.source, wanted.line):
            if wanted.connection not in known:
                raise InvalidInput(
                    f"There is no connection {wanted.connection!r}; name one of the file or one "
                    f"that is saved ({', '.join(sorted(known)) or 'none yet'})."
                )
            there = _find(services, declared, wanted.name)
            present = None
            if there is not None:
                connected = names.get(there.spec.connection_id, "a removed one")
                present = PresentImport(there.spec, status_of(services, there), connected)
            connection_id = saved.get(wanted.connection, _NEW)
            changes = import_changes(account, now, wanted, connection_id, present)
        yield from changes


def check_import(
    services: Services, declared: Declared, change: Change, opened: Collection[str]
) -> None:
    """Look for what an import will read; what is read through `opened` connections was found."""
    wanted = _entry(declared, change.name)
    check_feature(services, declared.account_id)
    if change.verb not in _READING or wanted.connection in opened:
        return
    saved = _connection_id(services, declared, wanted)
    check_mapped(
        lambda: services.looks.saved(declared.account_id, saved), wanted.source, wanted.mapping
    )


def apply_import(services: Services, declared: Declared, change: Change) -> None:
    """Make one change of an import."""
    account_id, wanted = declared.account_id, _entry(declared, change.name)
    if change.verb is Verb.CREATE:
        made = create_import(services, account_id, _spec(services, declared, wanted, None))
        if wanted.paused:
            pause_import(services, account_id, made.import_id)
        return
    there = _find(services, declared, wanted.name)
    if there is None:
        raise InvalidInput(f"There is no import {wanted.name} any more; plan again.")
    if change.verb is Verb.EDIT:
        spec = _spec(services, declared, wanted, there.spec)
        edit_import(services, account_id, there.import_id, spec)
    else:
        _MOVES[change.verb](services, account_id, there.import_id)


def _spec(
    services: Services, declared: Declared, wanted: DeclaredImport, before: ImportSpec | None
) -> ImportSpec:
    account = account_of(services, declared.account_id)
    connection_id = _connection_id(services, declared, wanted)
    return spec_of(account, services.clock(), wanted, connection_id, before)


def _connection_id(services: Services, declared: Declared, wanted: DeclaredImport) -> int:
    saved = services.database.run(
        lambda c: connections.find_named(c, declared.account_id, wanted.connection)
    )
    if saved is None:
        raise InvalidInput(f"There is no connection {wanted.connection} any more; plan again.")
    return saved.connection_id


def _find(services: Services, declared: Declared, nickname: str) -> Import | None:
    return services.database.run(lambda c: imports.find_named(c, declared.account_id, nickname))


def _entry(declared: Declared, name: str) -> DeclaredImport:
    return next(wanted for wanted in declared.imports if wanted.name == name)
