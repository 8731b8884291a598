"""Puts the files of a slice into the bucket, each under the lease, one uploading at a time."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import pyarrow as pa

from shared.formats.files import ENCODER_VERSION, EncodedFile, OpenSpool, Reject, encode_files
from shared.jobs.frozen import frozen_spec, layout_of, names_of
from shared.jobs.services import Services
from shared.jobs.small_objects import put_object
from shared.jobs.uploads import Uploads
from shared.logs import log
from shared.ports import Bucket, Created, Repacked
from shared.state import slices
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


def write_part(
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


def write_rejects(attempt: Attempt) -> str | None:
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
    put_object(attempt.bucket, name, content, stamp=attempt.run.stamp)
    return name


def _hold_lease(attempt: Attempt) -> None:
    """Renew the lease before each file; a stopped run ends here, before its next file."""
    until = attempt.services.clock() + attempt.services.limits.lease
    held = attempt.services.database.run(
        lambda c: slices.renew_lease(c, attempt.piece, attempt.number, until)
    )
    if not held:
        raise LeaseLost
