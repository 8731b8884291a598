"""What people do with imports: create, edit, start, run now, pause, resume, stop."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shared.domain.import_mapping import check_columns
from shared.domain.import_schedules import next_run_at
from shared.domain.import_specs import ImportSpec
from shared.domain.import_states import ImportStatus, Move, check_move, resting, shown_status
from shared.domain.members import COMMAND_LINE, Actor, require
from shared.errors import CustomerFault, InvalidInput, NotFound, Transient
from shared.jobs.audit import record_audit
from shared.jobs.lookup import account_of
from shared.jobs.manage_connections import check_feature, connection_of
from shared.jobs.messages import publish_imports
from shared.jobs.rates import allow
from shared.jobs.services import Services
from shared.state import connections, import_leases, import_runs, imports
from shared.state.import_runs import ImportRun
from shared.state.imports import Import

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
        _record(connection, actor, "imports.create", made, spec.to_dict(), now)
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
        _record(connection, actor, "imports.edit", before, spec.to_dict(), now)

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


def run_import(
    services: Services, account_id: int, import_id: int, *, actor: Actor = COMMAND_LINE
) -> ImportRun:
    """*Run now*; a run that waits already does for this one, one under way is waited for."""
    require(actor, "imports.run")
    allow(services, account_id, actor, "run")
    now = services.clock()

    def store(connection: Connection) -> int:
        found = imports.hold(connection, account_id, import_id)
        if found is None:
            raise _missing(account_id, import_id)
        check_move(Move.RUN, found.status)
        run_id = import_runs.record(connection, account_id, import_id, now, asked_by=actor.email)
        _record(connection, actor, "imports.run", found, {"run_id": run_id}, now)
        return run_id

    run_id = services.database.run(store)
    _publish_at_once(services, account_id, run_id)
    run = services.database.run(lambda c: import_runs.get(c, account_id, run_id))
    assert run is not None
    return run


def import_of(services: Services, account_id: int, import_id: int) -> Import:
    """The import; raises NotFound when the account has none of this id."""
    found = services.database.run(lambda c: imports.get(c, account_id, import_id))
    if found is None:
        raise _missing(account_id, import_id)
    return found


def status_of(services: Services, found: Import) -> ImportStatus:
    """The status for people, Running while a run is open."""
    ids = [found.import_id]
    running = services.database.run(lambda c: import_runs.open_imports(c, found.account_id, ids))
    return shown_status(found.status, is_running=bool(running))


def _move(
    services: Services, account_id: int, import_id: int, move: Move, action: str, actor: Actor
) -> Import:
    now = services.clock()

    def store(connection: Connection) -> None:
        found = imports.hold(connection, account_id, import_id)
        if found is None:
            raise _missing(account_id, import_id)
        check_move(move, found.status)
        status = _TARGETS[move](found)
        going = status is ImportStatus.SCHEDULED
        due_at = next_run_at(found.spec.schedule, _just_before(now)) if going else None
        imports.set_status(connection, found, status, due_at)
        if status in (ImportStatus.PAUSED, ImportStatus.STOPPED):
            words = f"The import was {str(status).lower()} before this run was published."
            import_runs.stop_open(connection, account_id, import_id, now, words)
        _record(connection, actor, action, found, {"move": move.value}, now)

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
        described = services.source(account_id, spec.connection_id).describe(spec.source)
        check_columns(spec.mapping, described.columns)
    except CustomerFault as error:
        raise InvalidInput(error.message, reason=error.reason) from error


def _publish_at_once(services: Services, account_id: int, run_id: int) -> None:
    """Tell the importer now; when the queue does not take it, the tick does."""
    now = services.clock()
    claimed = services.database.run(
        lambda c: import_leases.claim_publishable(
            c, now, now, lease=services.limits.lease, only=(account_id, run_id)
        )
    )
    try:
        publish_imports(services, claimed, now)
    except Transient:
        # The run is recorded and the claim was taken back, so nothing is lost but a minute.
        return


def _record(
    connection: Connection,
    actor: Actor,
    action: str,
    found: Import,
    detail: dict[str, object],
    now: datetime,
) -> None:
    shown = {"nickname": found.spec.nickname} | detail
    target = str(found.import_id)
    record_audit(connection, actor, found.account_id, action, target, shown, now=now)


def _missing(account_id: int, import_id: int) -> NotFound:
    return NotFound(
        f"The account {account_id} has no import {import_id}; look at the list of its imports."
    )
