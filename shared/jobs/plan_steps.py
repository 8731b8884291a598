"""The steps of a plan: freeze, count and cut, snapshot, publish; each stores what it has found."""

from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection

from shared.domain.counted import counted
from shared.domain.exports import Format
from shared.domain.runs import RunStatus, query_cost
from shared.errors import OurFault, Transient
from shared.jobs.finish_run import finish_run
from shared.jobs.freeze_run import freeze_run
from shared.jobs.frozen import frozen_spec, new_snapshot_id
from shared.jobs.messages import publish_slices
from shared.jobs.plan_slices import cut_groups, event_names, slice_parts, slicing_of
from shared.jobs.services import Services
from shared.jobs.window_deliveries import planned_selection
from shared.logs import log
from shared.ports import Inventory, SchemaDetail, SnapshotGone, SnapshotStatus
from shared.state import accounts, runs, slices
from shared.state.runs import Run

SCHEMA_DETAIL = {Format.CSV: SchemaDetail.KEYS, Format.PARQUET: SchemaDetail.TYPES}


@dataclass(frozen=True, slots=True)
class Leased:
    """A run under this planner's lease."""

    run: Run
    attempt: int


class LeaseLost(Exception):
    """Another planner has the run now; whatever this one still does changes nothing."""

    def __init__(self, run: Run) -> None:
        super().__init__(f"run {run.run_id}")


def advance(services: Services, leased: Leased) -> None:
    """Do every step that is missing; each stores its result before the next begins."""
    if leased.run.status is RunStatus.PENDING:
        begin = _freeze if leased.run.manifest is None else _go_on_finishing
        leased = begin(services, leased)
    if leased.run.status is RunStatus.PLANNING:
        leased = _count_and_cut(services, leased)
    if leased.run.status is RunStatus.SNAPSHOT:
        leased = _snapshot(services, leased)
    if leased.run.status is RunStatus.WRITING:
        _publish(services, leased.run)
    if leased.run.status in (RunStatus.WRITING, RunStatus.FINISHING):
        finish_run(services, leased.run.account_id, leased.run.run_id)


def _freeze(services: Services, leased: Leased) -> Leased:
    return _stored(services, leased, freeze_run(services, leased.run, leased.attempt), "run_frozen")


def _go_on_finishing(services: Services, leased: Leased) -> Leased:
    """The run had failed when all that it lacked was saying that its manifest is there."""
    run = leased.run
    store = partial(
        runs.move,
        account_id=run.account_id,
        run_id=run.run_id,
        expected=[RunStatus.PENDING],
        attempt=leased.attempt,
        status=str(RunStatus.FINISHING),
        finished_at=services.clock(),
        error_reason=None,
        error_message=None,
    )
    return _stored(services, leased, services.database.run(store), "run_resumed")


def _inventory(services: Services, run: Run, detail: SchemaDetail) -> Inventory:
    selection = planned_selection(services, run)
    try:
        return services.warehouse.inventory(selection, detail)
    except SnapshotGone as error:
        raise OurFault(
            f"What was delivered of the window is not known any more, so the run {run.stamp} "
            "cannot tell which rows were missed: replay the window to deliver all of them again.",
            reason="delivery-unknown",
        ) from error


def _count_and_cut(services: Services, leased: Leased) -> Leased:
    run = leased.run
    spec = frozen_spec(run)
    detail = SCHEMA_DETAIL.get(spec.format, SchemaDetail.NONE)
    inventory = _inventory(services, run, detail)
    slicing = cut_groups(inventory.groups, spec.format, services.limits)
    names = [] if spec.data_type.is_profiles else event_names(slicing)
    usd_per_tib = services.limits.warehouse_usd_per_tib

    def store(connection: Connection) -> bool:
        forms = accounts.claim_forms(connection, run.account_id, names)
        parts = slice_parts(slicing, forms)
        moved = runs.move(
            connection,
            run.account_id,
            run.run_id,
            expected=[RunStatus.PLANNING],
            attempt=leased.attempt,
            status=str(RunStatus.SNAPSHOT),
            schema=inventory.schema,
            snapshot_id=new_snapshot_id(run, leased.attempt),
            bytes_processed=inventory.bytes_processed,
            cost_usd=query_cost(inventory.bytes_processed, usd_per_tib),
            slices_total=slicing.slice_count,
            slices_open=slicing.slice_count,
        )
        if moved:
            slices.add(connection, run.account_id, run.run_id, parts)
        return moved

    return _stored(services, leased, services.database.run(store), "run_sliced")


def _snapshot(services: Services, leased: Leased) -> Leased:
    """Freeze the rows; what the snapshot holds is what the run must deliver."""
    run = leased.run
    snapshot_id = str(run.snapshot_id)
    stored = services.database.run(lambda c: slices.list_parts(c, run.account_id, run.run_id))
    selection = planned_selection(services, run)
    services.warehouse.submit_snapshot(snapshot_id, selection, slicing_of(stored))
    snapshot = services.warehouse.snapshot(snapshot_id)
    if snapshot.status is SnapshotStatus.RUNNING:
        return leased
    if snapshot.status is not SnapshotStatus.DONE:
        _check_still_ours(services, leased)
        raise Transient(f"The snapshot failed: {snapshot.detail}", reason="snapshot-failed")
    if snapshot.rows_unplaced:
        raise OurFault(
            f"{counted(snapshot.rows_unplaced, 'row belongs', 'rows belong')} to no slice.",
            reason="rows-unplaced",
        )
    processed = run.bytes_processed + snapshot.bytes_processed
    store = partial(
        runs.move,
        account_id=run.account_id,
        run_id=run.run_id,
        expected=[RunStatus.SNAPSHOT],
        attempt=leased.attempt,
        status=str(RunStatus.WRITING),
        rows_expected=snapshot.rows,
        rows_duplicate=snapshot.rows_duplicate,
        rows_late=snapshot.rows_late,
        ids_checksum=snapshot.ids_checksum,
        bytes_processed=processed,
        cost_usd=query_cost(processed, services.limits.warehouse_usd_per_tib),
    )
    return _stored(services, leased, services.database.run(store), "run_snapshot")


def _check_still_ours(services: Services, leased: Leased) -> None:
    """A snapshot that is gone was dropped with its run, if that was stopped meanwhile."""
    run = services.database.run(lambda c: runs.get(c, leased.run.account_id, leased.run.run_id))
    if run is None or (run.status, run.attempt) != (RunStatus.SNAPSHOT, leased.attempt):
        raise LeaseLost(leased.run)


def _publish(services: Services, run: Run) -> None:
    now = services.clock()
    waiting = services.database.run(
        lambda c: slices.claim_publishable(
            c,
            now,
            now - services.limits.redeliver_after,
            lease=services.limits.lease,
            run_id=run.run_id,
        )
    )
    publish_slices(services, waiting, now)
    log("run_published", run=run.run_id, slices=len(waiting))


def _stored(services: Services, leased: Leased, moved: bool, event: str) -> Leased:
    """The run as it stands after a step; another planner may have taken over meanwhile."""
    run = services.database.run(lambda c: runs.get(c, leased.run.account_id, leased.run.run_id))
    if run is None or not moved:
        raise LeaseLost(leased.run)
    log(event, run=run.run_id, export=run.export_id, status=str(run.status))
    return replace(leased, run=run)
