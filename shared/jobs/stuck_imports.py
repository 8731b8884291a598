"""Tells of import runs that nobody brings to their end, and closes what they hold up."""

from datetime import datetime
from functools import partial

from shared.domain.import_states import ImportRunStatus
from shared.errors import Transient
from shared.jobs.guarded import guarded
from shared.jobs.import_lease import LeaseLost
from shared.jobs.import_run import give_up
from shared.jobs.services import Services
from shared.logs import log
from shared.state import import_leases, import_runs, publishes


def end_stuck(services: Services, now: datetime) -> int:
    """Log the import runs that should have ended long ago; gives how many there are.

    The tick tells the importer of each again and again, so a run that reads needs no more. One
    that publishes holds the account's exports, and an importer that never comes must not do so.
    """
    watching, lease = services.watching, services.limits.lease
    before = now - watching.stuck_after
    found = services.database.run(
        lambda c: import_leases.stuck(c, now, before, lease=lease, limit=watching.rows_at_once)
    )
    for account_id, run_id in found:
        log("import_stuck", run=run_id)
        if _holds(services, account_id, run_id, before) and _given_up(services, account_id, run_id):
            log("import_given_up", run=run_id)
    return len(found)


def _given_up(services: Services, account_id: int, run_id: int) -> bool:
    try:
        return guarded(False, partial(give_up, services, account_id, run_id))
    except (Transient, LeaseLost):
        # It is being published at this moment, or somebody has it again: the next look sees. The
        # monitor's other work does not wait for that.
        return False


def _holds(services: Services, account_id: int, run_id: int, before: datetime) -> bool:
    """Whether its publish was open by then: not of a run that has only read for long."""
    run = services.database.run(lambda c: import_runs.get(c, account_id, run_id))
    if run is None or run.status is not ImportRunStatus.PUBLISHING:
        return False
    publish_id = f"import-{run.staging_id}"
    began_at = services.database.run(lambda c: publishes.open_since(c, account_id, publish_id))
    return began_at is not None and began_at <= before
