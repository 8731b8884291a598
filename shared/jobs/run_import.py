"""Runs an import at once, instead of when it is due."""

from sqlalchemy import Connection

from shared.domain.import_states import Move, check_move
from shared.domain.members import COMMAND_LINE, Actor, require
from shared.errors import Transient
from shared.jobs.import_lookup import missing_import, record_import
from shared.jobs.messages import publish_imports
from shared.jobs.rates import allow
from shared.jobs.services import Services
from shared.state import import_leases, import_runs, imports
from shared.state.import_runs import ImportRun


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
            raise missing_import(account_id, import_id)
        check_move(Move.RUN, found.status)
        run_id = import_runs.record(connection, account_id, import_id, now, asked_by=actor.email)
        record_import(connection, actor, "imports.run", found, {"run_id": run_id}, now)
        return run_id

    run_id = services.database.run(store)
    _publish_at_once(services, account_id, run_id)
    run = services.database.run(lambda c: import_runs.get(c, account_id, run_id))
    assert run is not None
    return run


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
