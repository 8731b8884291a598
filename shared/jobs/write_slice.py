"""Writes one slice: read its rows, write the files of each part, commit under the lease."""

from contextlib import ExitStack, closing

from sqlalchemy import Connection

from shared.domain.runs import RunStatus
from shared.errors import OurFault, SluiceError, Transient
from shared.formats.files import Spool
from shared.jobs.finish_run import finish_run
from shared.jobs.frozen import frozen_spec
from shared.jobs.give_up import fail_run, replan
from shared.jobs.part_rows import part_batches
from shared.jobs.services import Services
from shared.jobs.slice_files import Attempt, LeaseLost, write_part, write_rejects
from shared.jobs.uploads import Uploads
from shared.logs import log
from shared.ports import SnapshotGone
from shared.state import runs, slices
from shared.state.runs import Run
from shared.state.slices import Slice


def write_slice(services: Services, account_id: int, run_id: int, slice_no: int) -> None:
    """Deliver the slice; does nothing when it is closed, cancelled or under a living lease.

    Raises Transient faults for the queue; other faults end the run and are recorded.
    """
    attempt = _take(services, account_id, run_id, slice_no)
    if attempt is None:
        log("slice_skipped", run=run_id, slice=slice_no)
        return
    try:
        _check_attempts(attempt)
        attempt.bucket = services.bucket(account_id, frozen_spec(attempt.run).bucket)
        left_open = _deliver(attempt)
    except LeaseLost:
        log("slice_lease_lost", run=run_id, slice=slice_no, attempt=attempt.number)
        return
    except SnapshotGone:
        replan(services, attempt.run)
        return
    except Transient as error:
        if attempt.number >= services.limits.attempts_max:
            fail_run(services, attempt.run, error)
            return
        _give_back(attempt, error)
        raise
    except SluiceError as error:
        fail_run(services, attempt.run, error)
        return
    if left_open == 0:
        finish_run(services, account_id, run_id)


def _take(services: Services, account_id: int, run_id: int, slice_no: int) -> Attempt | None:
    now = services.clock()

    def take(connection: Connection) -> tuple[Run, Slice, int] | None:
        run = runs.get(connection, account_id, run_id)
        piece = slices.get(connection, account_id, run_id, slice_no)
        if run is None or piece is None or run.status is not RunStatus.WRITING:
            return None
        number = slices.take_lease(
            connection, piece, owner=services.owner, now=now, until=now + services.limits.lease
        )
        return None if number is None else (run, piece, number)

    taken = services.database.run(take)
    if taken is None:
        return None
    run, piece, number = taken
    return Attempt(services, run, piece, number)


def _check_attempts(attempt: Attempt) -> None:
    """A worker that dies says nothing itself; the one after too many of them does."""
    if attempt.number > attempt.services.limits.attempts_max:
        raise OurFault(
            f"Slice {attempt.piece.slice_no} did not come to its end {attempt.number - 1} times.",
            reason="slice-keeps-failing",
        )


def _deliver(attempt: Attempt) -> int:
    services, run = attempt.services, attempt.run
    table = services.warehouse.read_slice(str(run.snapshot_id), attempt.piece.slice_no)
    profiles = frozen_spec(run).data_type.is_profiles
    with ExitStack() as spools, Uploads() as uploads:

        def open_spool() -> Spool:
            return spools.enter_context(closing(attempt.bucket.open_spool()))

        for file_no, batches in part_batches(table, profiles=profiles):
            write_part(attempt, attempt.piece.parts[file_no], batches, open_spool, uploads)
    reject_file = write_rejects(attempt)
    left_open = services.database.run(
        lambda c: slices.commit(
            c,
            attempt.piece,
            attempt.number,
            attempt.files,
            rows_rejected=len(attempt.rejects),
            reject_file=reject_file,
        )
    )
    if left_open is None:
        raise LeaseLost
    rows = sum(file.rows for file in attempt.files)
    log("slice_written", run=run.run_id, slice=attempt.piece.slice_no, rows=rows)
    return left_open


def _give_back(attempt: Attempt, error: Transient) -> None:
    attempt.services.database.run(
        lambda c: slices.release_lease(c, attempt.piece, attempt.number, reason=error.reason)
    )
