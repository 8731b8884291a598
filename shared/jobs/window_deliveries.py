"""What was delivered of a window: the newest delivery of all of it, and its supplements."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from shared.domain.exports import ExportSpec
from shared.domain.recounts import arrival_day, newest_deliveries
from shared.domain.runs import RunKind, RunStatus
from shared.domain.selection import Delivered, Selection
from shared.errors import OurFault
from shared.jobs.frozen import frozen_spec, selection_of
from shared.jobs.services import Services
from shared.state import recounts, run_lists, runs
from shared.state.recounts import DayRun
from shared.state.runs import Run


def planned_selection(services: Services, run: Run) -> Selection:
    """The rows of the run; of a supplement those that no delivery had at its freeze.

    The same each time it is asked for, since only what had ended before the freeze counts.
    """
    if run.kind is not RunKind.SUPPLEMENT:
        return selection_of(run)
    return services.database.run(lambda c: _missed(c, run))


def supplement_spec(connection: Connection, run: Run, current: ExportSpec) -> ExportSpec:
    """Current settings, but for the events: those of the delivery that is supplemented."""
    base = frozen_spec(base_of(connection, run))
    return replace(current, data_type=base.data_type, events=base.events)


def base_of(connection: Connection, run: Run) -> Run:
    """The delivered run of the whole window that this one adds to or delivers again.

    A failed run stands between them where it was planned afresh.
    """
    stamp, found = run.replaces_stamp, None
    while stamp is not None:
        summary = run_lists.with_stamp(connection, run.account_id, run.export_id, stamp)
        if summary is None:
            break
        found = summary
        if summary.status is RunStatus.DONE and summary.kind is not RunKind.SUPPLEMENT:
            base = runs.get(connection, run.account_id, summary.run_id)
            assert base is not None
            return base
        stamp = found.replaces_stamp
    raise OurFault(f"The run {run.stamp} names no delivered run.", reason="delivery-unknown")


def delivered_rows(day: Iterable[DayRun], deliveries: Sequence[DayRun]) -> tuple[Delivered, ...]:
    """The rows of these deliveries and of all their supplements that are delivered."""
    stamps = {run.stamp for run in deliveries}
    added = (
        run
        for run in day
        if run.kind is RunKind.SUPPLEMENT
        and run.status is RunStatus.DONE
        and run.replaces_stamp in stamps
    )
    return tuple(_delivered(run) for run in (*deliveries, *added))


def _missed(connection: Connection, run: Run) -> Selection:
    base = base_of(connection, run)
    spec = frozen_spec(base)
    day = arrival_day(run.window, spec.time_zone)
    known = recounts.runs_of_day(connection, run.account_id, run.export_id, day, spec.time_zone)
    ended = [
        each
        for each in known
        if each.run_id != run.run_id
        and each.finished_at is not None
        and run.started_at is not None
        and each.finished_at <= run.started_at
    ]
    same = [
        each
        for each in newest_deliveries(ended)
        if each.spec is not None and each.spec.events == spec.events
    ]
    # A replay since may be newer, and has no fewer rows; what is supplemented counts all the same.
    own = [each for each in known if each.run_id == base.run_id and each not in same]
    return replace(selection_of(run), delivered=delivered_rows(ended, [*same, *own]))


def _delivered(run: DayRun) -> Delivered:
    if run.snapshot_id is None or run.freeze_at is None or run.slices_total is None:
        raise OurFault(f"The run {run.stamp} is DONE and froze nothing.", reason="run-not-frozen")
    return Delivered(run.snapshot_id, run.slices_total, run.window, run.freeze_at)
