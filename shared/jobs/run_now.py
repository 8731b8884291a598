"""Runs what is due of an export at once, instead of with the next tick."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from shared.domain.exports import Frequency
from shared.domain.members import Actor, require
from shared.domain.runs import ENDED_RUN
from shared.domain.windows import next_due_at, settle_delay, upcoming_windows
from shared.errors import Conflict, Transient
from shared.jobs.audit import record_audit
from shared.jobs.give_up import record_again
from shared.jobs.lookup import existing_export, refuse_ended
from shared.jobs.messages import publish_runs
from shared.jobs.schedule import record_windows
from shared.jobs.services import Services
from shared.state import incidents, run_lists, runs, undelivered
from shared.state.exports import Export
from shared.state.runs import Run


def run_now(services: Services, actor: Actor, account_id: int, export_id: int) -> Run:
    """Publish the export's next due window; windows are the same as if nobody had asked.

    Windows that failed are planned again, as the monitor does, and the earliest goes first: of an
    export that fails it is the trial, after which the others follow. Raises Conflict when none is
    due yet, with the moment from which on one is.
    """
    require(actor, "exports.run")
    now = services.clock()

    def store(connection: Connection) -> int:
        export = existing_export(connection, account_id, export_id)
        refuse_ended(export)
        # Held first, as the monitor does.
        incident = incidents.hold_of(connection, account_id, export_id)
        failed = undelivered.failed_windows(connection, account_id, export_id)
        record_again(connection, failed, now)
        # What the next tick would record: a window, once recorded, is found and not made twice.
        record_windows(connection, export, now, limit=services.limits.windows_per_tick)
        run_id = run_lists.oldest_waiting(connection, account_id, export_id, now)
        if run_id is None:
            raise _nothing_due(connection, export)
        if incident is not None:
            incidents.set_trial(connection, incident, run_id, now)
        detail = {"run_id": run_id}
        record_audit(connection, actor, account_id, "exports.run", str(export_id), detail, now=now)
        return run_id

    run_id = services.database.run(store)
    publish_at_once(services, account_id, run_id)
    return found_run(services, account_id, run_id)


def publish_at_once(services: Services, account_id: int, run_id: int) -> None:
    """Tell the planner of the run now; when the queue does not take it, the tick does."""
    now = services.clock()
    claimed = services.database.run(
        lambda c: runs.claim_publishable(
            c, now, now, lease=services.limits.lease, only=(account_id, run_id)
        )
    )
    try:
        publish_runs(services, claimed, now)
    except Transient:
        # The run is recorded and the claim was taken back, so nothing is lost but a minute.
        return


def found_run(services: Services, account_id: int, run_id: int) -> Run:
    """The run that was recorded just now."""
    run = services.database.run(lambda c: runs.get(c, account_id, run_id))
    assert run is not None
    return run


def _nothing_due(connection: Connection, export: Export) -> Conflict:
    """Why nothing can run now, and when something can."""
    newest = run_lists.page(connection, export.account_id, export.export_id, before=None, limit=1)
    if newest and newest[0].status not in ENDED_RUN:
        return Conflict(f"The run {newest[0].stamp} is under way already: wait for its end.")
    if export.spec.frequency is Frequency.ONE_TIME or export.cursor_at is None:
        return Conflict("The run of this one-time export has failed: retry that run.")
    [window] = upcoming_windows(export.spec, export.cursor_at, count=1)
    settle = settle_delay(export.spec.frequency)
    due_at = next_due_at(export.spec, export.cursor_at, settle=settle)
    zone = ZoneInfo(export.spec.time_zone)
    return Conflict(
        f"The next window ends at {_shown(window.end_at, zone)} and can run from "
        f"{_shown(due_at, zone)} ({export.spec.time_zone}) on; windows are never cut short.",
        reason="window-not-over",
    )


def _shown(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
