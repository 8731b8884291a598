"""Ends a run: the sum must be right, then the manifest is written, last of all."""

from functools import partial

from sqlalchemy import Connection

from shared.domain.counted import counted
from shared.domain.runs import RunKind, RunStatus, too_many_rejects
from shared.domain.webhooks import WebhookEvent
from shared.errors import OurFault, SluiceError, Transient
from shared.jobs.adopt import delivered_before
from shared.jobs.ended import refresh_status, told_of
from shared.jobs.forgotten import was_replaced
from shared.jobs.frozen import frozen_spec, names_of
from shared.jobs.give_up import fail_run, replan
from shared.jobs.look_again import have_compared, look_again_later
from shared.jobs.manifest import manifest_bytes
from shared.jobs.services import Services
from shared.jobs.small_objects import put_object
from shared.jobs.webhooks import emit
from shared.logs import log
from shared.reasons import OBJECT_DIFFERS
from shared.state import runs, slices
from shared.state.runs import Run


def finish_run(services: Services, account_id: int, run_id: int) -> None:
    """Deliver the manifest of a run whose slices are all closed; else do nothing.

    Raises Transient faults; others end the run and are recorded. Two finishers at once put the
    very same bytes: the first to store them fixes them for both.
    """
    run = services.database.run(lambda c: runs.get(c, account_id, run_id))
    if run is None or run.status not in (RunStatus.WRITING, RunStatus.FINISHING):
        return
    if run.slices_open:
        return
    if was_replaced(services, run):
        replan(services, run, "delivered-later", "A later delivery of it lies in the bucket.")
        return
    try:
        _check_promise(run)
        run = _fix_manifest(services, run)
        if run.manifest is None:
            return
        try:
            _upload(services, run, run.manifest)
        except OurFault as fault:
            _adopt(services, run, run.manifest, fault)
    except Transient:
        raise
    except SluiceError as error:
        fail_run(services, run, error)
        return
    late_s = max(0, int((services.clock() - run.due_at).total_seconds()))
    log("manifest_written", run=run.run_id, export=run.export_id, late_s=late_s)
    _done(services, run)


def _check_promise(run: Run) -> None:
    delivered = run.rows_written + run.rows_rejected
    if delivered != run.rows_expected:
        raise OurFault(
            f"{counted(run.rows_expected or 0, 'row was', 'rows were')} expected, but "
            f"{counted(run.rows_written, 'was', 'were')} written and {run.rows_rejected} rejected: "
            f"{counted(delivered - (run.rows_expected or 0), 'row', sign=True)}.",
            reason="rows-differ",
        )
    if too_many_rejects(run.rows_rejected, delivered):
        raise OurFault(
            f"{run.rows_rejected:,} of {delivered:,} rows could not be written, more than 0.1 %; "
            "the reject files name each row and its reason.",
            reason="too-many-rejects",
        )


def _fix_manifest(services: Services, run: Run) -> Run:
    """Store the manifest's bytes, once; whoever comes later uploads those that are stored."""

    def store(connection: Connection) -> Run | None:
        current = runs.get(connection, run.account_id, run.run_id)
        if current is None or current.status is not RunStatus.WRITING:
            return current
        files = slices.list_files(connection, run.account_id, run.run_id)
        rejects = slices.list_rejects(connection, run.account_id, run.run_id)
        # The clocks of two machines differ; nothing ends before it began.
        finished_at = max(services.clock(), current.started_at or current.due_at)
        runs.move(
            connection,
            run.account_id,
            run.run_id,
            expected=[RunStatus.WRITING],
            status=str(RunStatus.FINISHING),
            manifest=manifest_bytes(current, files, rejects, finished_at),
            finished_at=finished_at,
        )
        return runs.get(connection, run.account_id, run.run_id)

    return services.database.run(store) or run


def _upload(services: Services, run: Run, content: bytes) -> None:
    bucket = services.bucket(run.account_id, frozen_spec(run).bucket)
    put_object(bucket, names_of(run).manifest(), content, stamp=run.stamp)


def _adopt(services: Services, run: Run, content: bytes, fault: OurFault) -> None:
    """Take over the manifest of a delivery that state forgot; raises the fault for any other."""
    name = names_of(run).manifest()
    if fault.reason != OBJECT_DIFFERS:
        raise fault
    bucket = services.bucket(run.account_id, frozen_spec(run).bucket)
    theirs = delivered_before(bucket, name, content)
    if theirs is None:
        raise fault
    store = partial(
        runs.move,
        account_id=run.account_id,
        run_id=run.run_id,
        expected=[RunStatus.FINISHING],
        manifest=theirs,
    )
    services.database.run(store)
    log("manifest_found", run=run.run_id)


def _done(services: Services, run: Run) -> None:
    def store(connection: Connection) -> bool:
        moved = runs.move(
            connection,
            run.account_id,
            run.run_id,
            expected=[RunStatus.FINISHING],
            status=str(RunStatus.DONE),
            lease_until=None,
        )
        refresh_status(connection, run)
        if moved:
            counts = {"rows": run.rows_written, "rows_rejected": run.rows_rejected}
            detail = told_of(run) | counts | {"manifest": names_of(run).manifest()}
            now = services.clock()
            emit(connection, run.account_id, WebhookEvent.COMPLETED, run.export_id, detail, now=now)
            look_again_later(connection, run, services.clock())
        return moved

    if services.database.run(store):
        log("run_done", run=run.run_id, export=run.export_id, rows=run.rows_written)
        if run.snapshot_id is not None:
            services.warehouse.retire_snapshot(run.snapshot_id)
        if run.kind is RunKind.REPLAY:
            have_compared(services, run)
