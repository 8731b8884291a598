"""What people do with imports: create, edit, start, run now, pause, resume, stop."""

from sqlalchemy import Connection

from shared.domain.import_schedules import next_run_at
from shared.domain.import_specs import ImportSpec
from shared.domain.import_states import ImportStatus, Move, check_move, resting
from shared.domain.members import COMMAND_LINE, Actor, require
from shared.errors import NotFound
from shared.jobs.import_lookup import import_of, record_import, status_of
from shared.jobs.import_source import check_source
from shared.jobs.lookup import account_of
from shared.jobs.manage_connections import check_feature
from shared.jobs.move_imports import (
    just_before,
    pause_import,
    resume_import,
    start_import,
    stop_all_imports,
    stop_import,
)
from shared.jobs.run_import import run_import
from shared.jobs.services import Services
from shared.state import connections, import_changes, imports
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
    check_source(services, account_id, spec, start=start)
    now = services.clock()
    status = resting(scheduled=spec.is_scheduled) if start else ImportStatus.DRAFT
    due_at = next_run_at(spec.schedule, just_before(now)) if start else None

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
    check_source(services, account_id, spec, start=not draft)
    now = services.clock()
    status = before.status
    if status in (ImportStatus.READY, ImportStatus.SCHEDULED):
        status = resting(scheduled=spec.is_scheduled)
    going = status is ImportStatus.SCHEDULED
    same = (spec.source, spec.mapping) == (before.spec.source, before.spec.mapping)
    keeps = same and spec.connection_id == before.spec.connection_id

    def store(connection: Connection) -> None:
        import_changes.set_spec(
            connection,
            before,
            spec,
            status=status,
            next_run_at=next_run_at(spec.schedule, just_before(now)) if going else None,
            # Rows that were read by another mapping lack what it did not name; what is the same
            # already is not stored again.
            watermark=before.watermark if keeps else None,
        )
        record_import(connection, actor, "imports.edit", before, spec.to_dict(), now)

    services.database.run(store)
    return import_of(services, account_id, import_id)
