"""Plans failed windows again where no incident is open: what passes by itself, and our faults."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from shared import reasons
from shared.domain.incidents import CLOCK_SKEW
from shared.jobs.give_up import record_again
from shared.jobs.mend import wait_after
from shared.jobs.services import Services
from shared.logs import log
from shared.reasons import Blame
from shared.state import incidents
from shared.state.run_lists import RunSummary


def retry_failed(services: Services, failed: Iterable[RunSummary], now: datetime) -> int:
    """Record those of the failed runs again that have rested long enough; gives how many.

    A window that failed by a fault of ours is tried a few times and then left to whoever runs
    Sluice, with a line in the log.
    """
    due = [run for run in failed if _is_due(services, run, now)]
    if not due:
        return 0

    def store(connection: Connection) -> int:
        by_account: dict[int, list[int]] = {}
        for run in due:
            by_account.setdefault(run.account_id, []).append(run.export_id)
        blocked = {
            export_id
            for account_id, ids in by_account.items()
            for export_id in incidents.open_of(connection, account_id, sorted(set(ids)))
        }
        free = [run for run in due if run.export_id not in blocked]
        free.sort(key=lambda run: (run.export_id, run.window.end_at, run.run_id))
        return len(record_again(connection, free, now))

    return services.database.run(store)


def _is_due(services: Services, run: RunSummary, now: datetime) -> bool:
    watching = services.watching
    reason = reasons.of(run.error_reason)
    if reason.opens_incident:
        return False
    if reason.blame is Blame.OURS and run.sequence >= watching.our_retries_max:
        log("run_left", run=run.run_id, reason=run.error_reason)
        return False
    failed_at = run.finished_at or run.due_at
    rested = now - failed_at >= wait_after(run.sequence, watching.retry_after)
    # What lies ahead failed before the clock was set back.
    return rested or failed_at > now + CLOCK_SKEW
