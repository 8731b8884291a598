"""Writes one slice: read its rows, encode each part, create its files, commit under the lease."""

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial

import google_crc32c
import pyarrow as pa
from sqlalchemy import Connection

from shared.domain.runs import RunStatus
from shared.errors import OurFault, SluiceError, Transient
from shared.formats.files import (
    ENCODER_VERSION,
    EncodedFile,
    OpenSpool,
    Reject,
    Spool,
    encode_files,
)
from shared.jobs.finish_run import fail_run, finish_run, replan
from shared.jobs.frozen import frozen_spec, layout_of, names_of
from shared.jobs.part_rows import part_batches
from shared.jobs.services import Services
from shared.jobs.uploads import Uploads
from shared.logs import log
from shared.ports import Bucket, Created, Repacked, SnapshotGone
from shared.state import runs, slices
from shared.state.runs import Run
from shared.state.slices import FileRow, Slice, SlicePart


class LeaseLost(Exception):
    """The slice was taken over or cancelled; what this attempt still does counts nothing."""


@dataclass(slots=True)
class Attempt:
    """One try at one slice, and what it has put into the bucket so far."""

    services: Services
    run: Run
    piece: Slice
    number: int
    bucket: Bucket = field(init=False)
    files: list[FileRow] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


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
            _write_part(attempt, attempt.piece.parts[file_no], batches, open_spool, uploads)
    reject_file = _write_rejects(attempt)
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


def _write_part(
    attempt: Attempt,
    part: SlicePart,
    batches: Iterator[pa.RecordBatch],
    open_spool: OpenSpool,
    uploads: Uploads,
) -> None:
    """Encode one file after the other; the last one of a part is still under way at the end."""
    layout = layout_of(attempt.run, attempt.services.limits.file_bytes_max)
    for file in encode_files(batches, layout, part.event_name, open_spool, attempt.rejects.extend):
        # Here a fault of the file before ends the attempt, and the run may have been stopped.
        uploads.settle()
        _hold_lease(attempt)
        uploads.start(partial(_create, attempt, part, file))


def _create(attempt: Attempt, part: SlicePart, file: EncodedFile) -> None:
    name = _file_name(attempt.run, part, file.overflow)
    created = attempt.bucket.create(
        name,
        file.spool,
        crc32c=file.crc32c,
        size=file.bytes,
        metadata={
            "run": str(attempt.run.stamp),
            "slice": str(attempt.piece.slice_no),
            "rows": str(file.rows),
            "encoder": ENCODER_VERSION,
        },
    )
    # Its room is needed for the next one.
    file.spool.close()
    found = created is not Created.NEW
    stored = created if isinstance(created, Repacked) else file
    attempt.files.append(
        FileRow(
            name=name,
            event_name=part.event_name,
            event_date=part.event_date,
            file_index=part.index + part.parts * file.overflow,
            rows=file.rows,
            bytes=stored.bytes,
            uncompressed_bytes=file.uncompressed_bytes,
            crc32c=stored.crc32c,
            sha256=stored.sha256,
            found=found,
        )
    )
    log("file_found" if found else "file_written", run=attempt.run.run_id, rows=file.rows)


def _file_name(run: Run, part: SlicePart, overflow: int) -> str:
    names = names_of(run)
    index = part.index + part.parts * overflow
    if part.event_name is None or part.form is None or part.event_date is None:
        return names.profile_file(None if part.parts == 1 and overflow == 0 else index)
    return names.event_file(part.form, part.event_name, part.event_date, index)


def _write_rejects(attempt: Attempt) -> str | None:
    """Rows that stand in no file, one JSON object a line, without clock or attempt inside."""
    if not attempt.rejects:
        return None
    row_key = "object_id" if frozen_spec(attempt.run).data_type.is_profiles else "event_id"
    lines = [
        json.dumps({row_key: r.row_id, "reason": r.reason, "detail": r.detail})
        for r in attempt.rejects
    ]
    content = ("\n".join(lines) + "\n").encode()
    name = names_of(attempt.run).rejects(attempt.piece.slice_no)
    _hold_lease(attempt)
    with closing(attempt.bucket.open_spool()) as spool:
        spool.write(content)
        attempt.bucket.create(
            name,
            spool,
            crc32c=base64.b64encode(google_crc32c.Checksum(content).digest()).decode("ascii"),
            size=len(content),
            metadata={"run": str(attempt.run.stamp), "encoder": ENCODER_VERSION},
        )
    return name


def _hold_lease(attempt: Attempt) -> None:
    """Renew the lease before each file; a stopped run ends here, before its next file."""
    until = attempt.services.clock() + attempt.services.limits.lease
    held = attempt.services.database.run(
        lambda c: slices.renew_lease(c, attempt.piece, attempt.number, until)
    )
    if not held:
        raise LeaseLost


def _give_back(attempt: Attempt, error: Transient) -> None:
    attempt.services.database.run(
        lambda c: slices.release_lease(c, attempt.piece, attempt.number, reason=error.reason)
    )
