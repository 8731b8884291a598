"""Slices and files in state; the commit of a slice counts once, under its lease's attempt."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from shared.domain.runs import RunStatus, SliceStatus
from shared.state.files import FileRow, add_files, list_files
from shared.state.slice_leases import (
    claim_publishable,
    lease_owners,
    release_lease,
    release_owned_by,
    renew_lease,
    take_lease,
    this_slice,
    unclaim,
)
from shared.state.slice_rows import Slice, SlicePart, add, get, list_parts, list_rejects, progress
from shared.state.tables import runs, slices

__all__ = [
    "FileRow",
    "Slice",
    "SlicePart",
    "add",
    "claim_publishable",
    "commit",
    "get",
    "lease_owners",
    "list_files",
    "list_parts",
    "list_rejects",
    "progress",
    "release_lease",
    "release_owned_by",
    "renew_lease",
    "take_lease",
    "unclaim",
]


def commit(
    connection: Connection,
    piece: Slice,
    attempt: int,
    written: Sequence[FileRow],
    *,
    rows_rejected: int,
    reject_file: str | None,
) -> int | None:
    """Close the slice and count the run's open slices down; gives how many stay open.

    None when the lease's attempt no longer stands: then nothing is counted. The condition on
    the attempt is what makes a second delivery of the same message harmless.
    """
    # First the run, as `runs.end` does: a stop at the same time waits, and nobody for each other.
    status = connection.scalar(
        select(runs.c.status)
        .where(runs.c.account_id == piece.account_id, runs.c.run_id == piece.run_id)
        .with_for_update(key_share=True)
    )
    if status != str(RunStatus.WRITING):
        return None
    counted = {
        "rows_written": sum(file.rows for file in written),
        "rows_rejected": rows_rejected,
    }
    if not _close(connection, piece, attempt, reject_file=reject_file, **counted):
        return None
    add_files(connection, piece, written)
    return _count_down(
        connection,
        piece,
        bytes_written=sum(file.bytes for file in written),
        files_written=len(written),
        **counted,
    )


def _close(connection: Connection, piece: Slice, attempt: int, **counted: Any) -> bool:
    closed = connection.execute(
        update(slices)
        .where(
            *this_slice(piece),
            slices.c.status == str(SliceStatus.WRITING),
            slices.c.attempt == attempt,
        )
        .values(status=str(SliceStatus.DONE), lease_until=None, lease_owner=None, **counted)
    )
    return closed.rowcount == 1


def _count_down(connection: Connection, piece: Slice, **counted: int) -> int:
    sums = {name: runs.c[name] + number for name, number in counted.items()}
    left_open = connection.execute(
        update(runs)
        .where(runs.c.account_id == piece.account_id, runs.c.run_id == piece.run_id)
        .values(slices_open=runs.c.slices_open - 1, **sums)
        .returning(runs.c.slices_open)
    ).scalar_one()
    return int(left_open)
