"""Moves imports from status to status: start, pause, resume, stop."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shared.domain.import_schedules import next_run_at
from shared.domain.import_states import ImportStatus, Move, check_move, resting, unpublished_words
from shared.domain.members import COMMAND_LINE, Actor, require
from shared.jobs.import_lookup import import_of, missing_import, record_import
from shared.jobs.import_source import check_source
from shared.jobs.manage_connections import connection_of
from shared.jobs.services import Services
from shared.state import import_changes, import_runs, imports
from shared.state.imports import Import

_SECOND = timedelta(seconds=1)


def start_import(
    services: Services, account_id: int, import_id: int, *, actor: Actor = COMMAND_LINE
) -> Import:
    """Make a draft ready, or scheduled."""
    require(actor, "imports.edit")
    check_source(services, account_id, import_of(services, account_id, import_id).spec, start=True)
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
        due_at = next_run_at(found.spec.schedule, just_before(now)) if going else None
        import_changes.set_status(connection, found, status, due_at)
        if status in (ImportStatus.PAUSED, ImportStatus.STOPPED):
            words = unpublished_words(status)
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


def just_before(now: datetime) -> datetime:
    """So that a first run at this very moment is due."""
    return now.replace(microsecond=0) - _SECOND
