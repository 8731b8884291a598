"""What people do with imports: create, edit, start, run now, pause, resume, stop."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shared.domain.import_mapping import check_columns
from shared.domain.import_schedules import next_run_at
from shared.domain.import_specs import ImportSpec
from shared.domain.import_states import ImportStatus, Move, check_move, resting
from shared.domain.members import COMMAND_LINE, Actor, require
from shared.errors import CustomerFault, InvalidInput, NotFound
from shared.jobs.import_lookup import import_of, missing_import, record_import, status_of
from shared.jobs.lookup import account_of
from shared.jobs.manage_connections import check_feature, connection_of
from shared.jobs.run_import import run_import
from shared.jobs.services import Services
from shared.state import connections, import_runs, imports
from shared.state.imports import Import

__all__ = [
    "create_import",
    "edit_import",
    "import_of",
    "pause_import",
    "resume_import",
    "run_import",
    "start_import",
    "status_of",
    "stop_all_imports",
    "stop_import",
]

_SECOND = timedelta(seconds=1)


def create_import(
    services: Services,
    account_id: int,
    spec: ImportSpec,
    *,
    start: bool = True,
    actor: Actor = COMMAND_LINE,
) -> Import:
    """Create an import, as a draft or ready to run; raises InvalidInput, and then none was made.

    Started it needs a mapping whose columns are there.
    """
    require(actor, "imports.create")
    account_of(services, account_id)
    check_feature(services, account_id)
    _check_source(services, account_id, spec, start=start)
    now = services.clock()
    status = resting(scheduled=spec.is_scheduled) if start else ImportStatus.DRAFT
    due_at = next_run_at(spec.schedule, _just_before(now)) if start else None

    def store(connection: Connection) -> Import:
        # Whoever removes the connection at this moment waits and sees the import, or was first.
        if connections.hold(connection, account_id, spec.connection_id) is None:
            raise NotFound("The connection was removed meanwhile; choose another one.")
        made = imports.insert(
            connection,
            account_id,
            spec,
            now=now,
            created_by=actor.email,
            status=status,
            next_run_at=due_at,
        )
        record_import(connection, actor, "imports.create", made, spec.to_dict(), now)
        return made

    return services.database.run(store)


def edit_import(
    services: Services,
    account_id: int,
    import_id: int,
    spec: ImportSpec,
    *,
    actor: Actor = COMMAND_LINE,
) -> Import:
    """Change an import that is not running; what is read by other rules is read whole again."""
    require(actor, "imports.edit")
    before = import_of(services, account_id, import_id)
    check_move(Move.EDIT, status_of(services, before))
    draft = before.status is ImportStatus.DRAFT
    _check_source(services, account_id, spec, start=not draft)
    now = services.clock()
    status = before.status
    if status in (ImportStatus.READY, ImportStatus.SCHEDULED):
        status = resting(scheduled=spec.is_scheduled)
    going = status is ImportStatus.SCHEDULED
    same = (spec.source, spec.mapping) == (before.spec.source, before.spec.mapping)
    keeps = same and spec.connection_id == before.spec.connection_id

    def store(connection: Connection) -> None:
        imports.set_spec(
            connection,
            before,
            spec,
            status=status,
            next_run_at=next_run_at(spec.schedule, _just_before(now)) if going else None,
            # Rows that were read by another mapping lack what it did not name; what is the same
            # already is not stored again.
            watermark=before.watermark if keeps else None,
        )
        record_import(connection, actor, "imports.edit", before, spec.to_dict(), now)

    services.database.run(store)
    return import_of(services, account_id, import_id)


def start_import(
    services: Services, account_id: int, import_id: int, *, actor: Actor = COMMAND_LINE
) -> Import:
    """Make a draft ready, or scheduled."""
    require(actor, "imports.edit")
    _check_source(services, account_id, import_of(services, account_id, import_id).spec, start=True)
    return _move(services, account_id, import_id, Move.START, "imports.edit", actor)


def pause_import(
    services: Services, account_id: int, import_id: int, *, actor: Actor = COMMAND_LINE
) -> Import:
    """No run comes any more, and one that is not being published ends; nothing is lost."""
    require(actor, "imports.edit")
    return _move(services, account_id, import_id, Move.PAUSE, "imports.edit", actor)


def resume_import(
    services: Services, account_id: int, import_id: int, *, actor: Actor = COMMAND_LINE
) -> Import:
    """Go on with what changed since the last run."""
    require(actor, "imports.edit")
    return _move(services, account_id, import_id, Move.RESUME, "imports.edit", actor)


def stop_import(
    services: Services, account_id: int, import_id: int, *, actor: Actor = COMMAND_LINE
) -> Import:
    """Stop the import for good; what it imported stays."""
    require(actor, "imports.stop")
    return _move(services, account_id, import_id, Move.STOP, "imports.stop", actor)


def stop_all_imports(
    services: Services, account_id: int, connection_id: int, *, actor: Actor = COMMAND_LINE
) -> list[Import]:
    """*Stop all*: whatever keeps a connection from being removed."""
    require(actor, "imports.stop")
    connection_of(services, account_id, connection_id)
    found = services.database.run(lambda c: imports.blocking(c, account_id, connection_id))
    return [stop_import(services, account_id, each.import_id, actor=actor) for each in found]


def _move(
    services: Services, account_id: int, import_id: int, move: Move, action: str, actor: Actor
) -> Import:
    now = services.clock()

    def store(connection: Connection) -> None:
        found = imports.hold(connection, account_id, import_id)
        if found is None:
            raise missing_import(account_id, import_id)
        check_move(move, found.status)
        status = _TARGETS[move](found)
        going = status is ImportStatus.SCHEDULED
        due_at = next_run_at(found.spec.schedule, _just_before(now)) if going else None
        imports.set_status(connection, found, status, due_at)
        if status in (ImportStatus.PAUSED, ImportStatus.STOPPED):
            words = f"The import was {str(status).lower()} before this run was published."
            import_runs.stop_open(connection, account_id, import_id, now, words)
        record_import(connection, actor, action, found, {"move": move.value}, now)

    services.database.run(store)
    return import_of(services, account_id, import_id)


def _resting(found: Import) -> ImportStatus:
    return resting(scheduled=found.spec.is_scheduled)


_TARGETS: dict[Move, Callable[[Import], ImportStatus]] = {
    Move.START: _resting,
    Move.RESUME: _resting,
    Move.PAUSE: lambda _: ImportStatus.PAUSED,
    Move.STOP: lambda _: ImportStatus.STOPPED,
}


def _just_before(now: datetime) -> datetime:
    """So that a first run at this very moment is due."""
    return now.replace(microsecond=0) - _SECOND


def _check_source(services: Services, account_id: int, spec: ImportSpec, *, start: bool) -> None:
    connection_of(services, account_id, spec.connection_id)
    if spec.mapping is None:
        if start:
            raise InvalidInput("Map the columns first, or keep the import as a draft.")
        return
    try:
        described = services.looks.saved(account_id, spec.connection_id).describe(spec.source)
        check_columns(spec.mapping, described.columns)
    except CustomerFault as error:
        raise InvalidInput(error.message, reason=error.reason) from error
