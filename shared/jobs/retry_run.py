"""Delivers the window of a run that failed, with the export's current settings."""

from sqlalchemy import Connection

from shared.domain.members import Actor, require
from shared.domain.runs import RunStatus
from shared.errors import Conflict
from shared.jobs.audit import record_audit
from shared.jobs.give_up import record_again
from shared.jobs.lookup import existing_export, refuse_stopped
from shared.jobs.run_now import found_run, publish_at_once
from shared.jobs.runs_view import is_last_failure, run_of
from shared.jobs.services import Services
from shared.state import incidents, run_lists
from shared.state.runs import Run


def retry_run(services: Services, actor: Actor, account_id: int, run_id: int) -> Run:
    """The new run of the window; its manifest will name the stamp of the one that failed.

    That one itself goes on when all it lacked was its manifest.

    Raises Conflict when the run did not fail, when its window was planned again since, and when
    the export was stopped.
    """
    require(actor, "runs.retry")
    failed = run_of(services, account_id, run_id)
    now = services.clock()

    def store(connection: Connection) -> int:
        refuse_stopped(existing_export(connection, account_id, failed.export_id))
        incident = incidents.hold_of(connection, account_id, failed.export_id)
        if failed.status is not RunStatus.FAILED:
            raise Conflict(
                f"The run {failed.stamp} is {failed.status}: only one that FAILED can be retried."
            )
        window = run_lists.of_window(connection, account_id, failed.export_id, failed.window.end_at)
        # The key of the new run lets only one of two who retry at the same time make it.
        made = is_last_failure(failed, window) and record_again(connection, [failed], now)
        if not made:
            raise Conflict(
                f"The window of the run {failed.stamp} has been planned afresh already: look at "
                "its newest run."
            )
        if incident is not None:
            # It tries whether access works again; once it is delivered the others follow.
            incidents.set_trial(connection, incident, made[0], now)
        detail = {"run_id": run_id, "export_id": failed.export_id, "new_run_id": made[0]}
        record_audit(
            connection, actor, account_id, "runs.retry", str(failed.export_id), detail, now=now
        )
        return made[0]

    new_id = services.database.run(store)
    publish_at_once(services, account_id, new_id)
    return found_run(services, account_id, new_id)
