"""The tick of imports: records the runs that are due, and publishes those that wait."""

from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from shared.domain.import_schedules import next_run_at
from shared.jobs.messages import publish_imports
from shared.jobs.services import Services
from shared.state import import_changes, import_leases, import_runs, imports
from shared.state.imports import Import


def schedule_imports(services: Services, now: datetime) -> tuple[int, int]:
    """(runs recorded, runs published); two ticks at once, or a missed one, end in the same runs.

    Of moments that were missed one run makes up: it reads all that changed since.
    """
    limit = services.limits.imports_per_tick
    due = services.database.run(lambda c: imports.due(c, now, limit=limit))
    recorded = sum(services.database.run(partial(_record, each, now)) for each in due)
    return recorded, publish_waiting(services, now)


def publish_waiting(services: Services, now: datetime) -> int:
    """Tell the importer of all runs that wait; also of those whose message or importer is lost."""
    waited = now - services.limits.redeliver_after
    claimed = services.database.run(
        lambda c: import_leases.claim_publishable(c, now, waited, lease=services.limits.lease)
    )
    publish_imports(services, claimed, now)
    return len(claimed)


def _record(due: Import, now: datetime, connection: Connection) -> bool:
    # Of two ticks one moves it on; only that one records.
    if not import_changes.advance(connection, due, next_run_at(due.spec.schedule, now)):
        return False
    assert due.next_run_at is not None
    import_runs.record(connection, due.account_id, due.import_id, due.next_run_at)
    return True
