"""Delivers a window once more on request: the same window, new files under a new stamp."""

from datetime import datetime

from sqlalchemy import Connection

from shared.domain.members import Actor, require
from shared.domain.runs import ENDED_RUN, RunKind, RunStatus
from shared.errors import Conflict
from shared.jobs.audit import record_audit
from shared.jobs.lookup import existing_export, refuse_stopped
from shared.jobs.run_now import found_run, publish_at_once
from shared.jobs.runs_view import run_of
from shared.jobs.services import Services
from shared.state import run_lists, runs
from shared.state.run_lists import RunSummary
from shared.state.runs import NewRun, Run


def replay_run(services: Services, actor: Actor, account_id: int, run_id: int) -> Run:
    """The new run; the files of the first delivery stay, and the manifest names its stamp.

    It reads what the warehouse holds of the window now, with the export's current settings.
    Raises Conflict when the run was not delivered, while another replay of the window is under
    way, and when the export was stopped.
    """
    require(actor, "runs.replay")
    delivered = run_of(services, account_id, run_id)
    now = services.clock()

    def store(connection: Connection) -> int:
        refuse_stopped(existing_export(connection, account_id, delivered.export_id))
        window = run_lists.of_window(
            connection, account_id, delivered.export_id, delivered.window.end_at
        )
        made = runs.record(connection, [_replay(delivered, window, now)])
        if not made:
            raise Conflict("Somebody else replays this window at this moment: look at its runs.")
        detail = {"run_id": run_id, "export_id": delivered.export_id, "new_run_id": made[0]}
        record_audit(
            connection, actor, account_id, "runs.replay", str(delivered.export_id), detail, now=now
        )
        return made[0]

    new_id = services.database.run(store)
    publish_at_once(services, account_id, new_id)
    return found_run(services, account_id, new_id)


def _replay(delivered: Run, window: list[RunSummary], now: datetime) -> NewRun:
    """The next replay of the window; raises Conflict when there can be none now."""
    if delivered.status is not RunStatus.DONE:
        raise Conflict(
            f"The run {delivered.stamp} is {delivered.status}: only one that is DONE can be"
            " replayed."
        )
    replays = [run for run in window if run.kind is RunKind.REPLAY]
    for run in replays:
        if run.status not in ENDED_RUN:
            raise Conflict(f"The replay {run.stamp} of this window is under way already.")
    return NewRun(
        account_id=delivered.account_id,
        export_id=delivered.export_id,
        kind=RunKind.REPLAY,
        window=delivered.window,
        stamp=int(now.timestamp()),
        due_at=now,
        # The key (export, kind, window end, sequence) lets only one of two at a time make it.
        sequence=max((run.sequence + 1 for run in replays), default=0),
        replaces_stamp=_whole(delivered),
    )


def _whole(delivered: Run) -> int:
    """The stamp of what is delivered again: all of the window, also where a supplement is named."""
    if delivered.kind is RunKind.SUPPLEMENT and delivered.replaces_stamp is not None:
        return delivered.replaces_stamp
    return delivered.stamp
