"""Slices and files in state: leases with fencing tokens, and the commit that counts once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from shared.domain.runs import RunStatus, SliceStatus
from shared.errors import OurFault
from shared.state.database import insert_new
from shared.state.leases import unleased, unpublished
from shared.state.tables import files, runs, slices


@dataclass(frozen=True, slots=True)
class SlicePart:
    """The rows of one planned file: its event (raw name and name form), date and index."""

    event_name: str | None
    form: str | None
    event_date: date | None
    index: int
    parts: int


@dataclass(frozen=True, slots=True)
class Slice:
    """One queue message's work."""

    run_id: int
    slice_no: int
    account_id: int
    parts: tuple[SlicePart, ...]
    status: SliceStatus
    attempt: int
    rows_rejected: int | None
    reject_file: str | None


@dataclass(frozen=True, slots=True)
class FileRow:
    """One object delivered to the bucket."""

    name: str
    event_name: str | None
    event_date: date | None
    file_index: int
    rows: int
    bytes: int
    uncompressed_bytes: int
    crc32c: str
    sha256: str
    found: bool = False


def add(
    connection: Connection, account_id: int, run_id: int, parts: Sequence[tuple[SlicePart, ...]]
) -> None:
    """Store the slices of a run, numbered from 0; those already stored stay as they are."""
    rows = [
        {
            "run_id": run_id,
            "slice_no": number,
            "account_id": account_id,
            "parts": [_part_values(part) for part in slice_parts],
            "status": str(SliceStatus.PENDING),
        }
        for number, slice_parts in enumerate(parts)
    ]
    insert_new(connection, slices, rows)


def get(connection: Connection, account_id: int, run_id: int, slice_no: int) -> Slice | None:
    """The slice, or None when there is none."""
    row = connection.execute(
        select(slices).where(
            slices.c.account_id == account_id,
            slices.c.run_id == run_id,
            slices.c.slice_no == slice_no,
        )
    ).one_or_none()
    return None if row is None else _slice(row)


def list_parts(connection: Connection, account_id: int, run_id: int) -> list[tuple[SlicePart, ...]]:
    """The parts of every slice of the run, by slice number."""
    rows = connection.scalars(
        select(slices.c.parts)
        .where(slices.c.account_id == account_id, slices.c.run_id == run_id)
        .order_by(slices.c.slice_no)
    )
    return [tuple(_part(values) for values in parts) for parts in rows]


def claim_publishable(
    connection: Connection,
    now: datetime,
    published_before: datetime,
    *,
    lease: timedelta,
    run_id: int | None = None,
) -> list[tuple[int, int, int]]:
    """Mark as published every slice that a worker should hear of: (account, run, slice) triples.

    These are open slices of runs being written that no message named since `published_before`
    and no living lease holds.
    """
    writing = select(runs.c.run_id).where(runs.c.status == str(RunStatus.WRITING))
    if run_id is not None:
        writing = writing.where(runs.c.run_id == run_id)
    statement = (
        update(slices)
        .where(
            slices.c.run_id.in_(writing),
            slices.c.status.in_([str(SliceStatus.PENDING), str(SliceStatus.WRITING)]),
            unpublished(slices, now, published_before),
            unleased(slices, now, lease),
        )
        .values(published_at=now)
        .returning(slices.c.account_id, slices.c.run_id, slices.c.slice_no)
    )
    return sorted(
        (row.account_id, row.run_id, row.slice_no) for row in connection.execute(statement)
    )


def take_lease(
    connection: Connection, piece: Slice, *, owner: str, now: datetime, until: datetime
) -> int | None:
    """Take the lease of an open slice; gives the fencing token, or None while it is held."""
    row = connection.execute(
        update(slices)
        .where(
            *_this(piece),
            slices.c.status.in_([str(SliceStatus.PENDING), str(SliceStatus.WRITING)]),
            unleased(slices, now, until - now),
        )
        .values(
            status=str(SliceStatus.WRITING),
            attempt=slices.c.attempt + 1,
            lease_until=until,
            lease_owner=owner,
        )
        .returning(slices.c.attempt)
    ).one_or_none()
    return None if row is None else int(row.attempt)


def renew_lease(connection: Connection, piece: Slice, attempt: int, until: datetime) -> bool:
    """Prolong the lease; False when it was taken over or the slice was cancelled."""
    result = connection.execute(
        update(slices)
        .where(
            *_this(piece),
            slices.c.status == str(SliceStatus.WRITING),
            slices.c.attempt == attempt,
        )
        .values(lease_until=until)
    )
    return result.rowcount == 1


def release_lease(connection: Connection, piece: Slice, attempt: int, *, reason: str) -> None:
    """Give an unfinished slice back, so that the next message may take it at once."""
    connection.execute(
        update(slices)
        .where(
            *_this(piece),
            slices.c.status == str(SliceStatus.WRITING),
            slices.c.attempt == attempt,
        )
        .values(
            status=str(SliceStatus.PENDING),
            lease_until=None,
            lease_owner=None,
            published_at=None,
            error_reason=reason,
        )
    )


def release_owned_by(connection: Connection, owner: str) -> None:
    """Give back every lease of an owner that is known to be dead."""
    gone = {"lease_until": None, "lease_owner": None, "published_at": None}
    connection.execute(update(slices).where(slices.c.lease_owner == owner).values(**gone))
    connection.execute(update(runs).where(runs.c.lease_owner == owner).values(**gone))


def lease_owners(connection: Connection) -> list[str]:
    """Everybody who holds a lease on a run or a slice."""
    held = select(slices.c.lease_owner).where(
        slices.c.lease_owner.is_not(None), slices.c.status == str(SliceStatus.WRITING)
    )
    planning = select(runs.c.lease_owner).where(
        runs.c.lease_owner.is_not(None), runs.c.lease_until.is_not(None)
    )
    return sorted({*connection.scalars(held), *connection.scalars(planning)})


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
    rows_written = sum(file.rows for file in written)
    closed = connection.execute(
        update(slices)
        .where(
            *_this(piece),
            slices.c.status == str(SliceStatus.WRITING),
            slices.c.attempt == attempt,
        )
        .values(
            status=str(SliceStatus.DONE),
            lease_until=None,
            lease_owner=None,
            rows_written=rows_written,
            rows_rejected=rows_rejected,
            reject_file=reject_file,
        )
    )
    if closed.rowcount != 1:
        return None
    _add_files(connection, piece, written)
    left_open = connection.execute(
        update(runs)
        .where(runs.c.account_id == piece.account_id, runs.c.run_id == piece.run_id)
        .values(
            slices_open=runs.c.slices_open - 1,
            rows_written=runs.c.rows_written + rows_written,
            rows_rejected=runs.c.rows_rejected + rows_rejected,
            bytes_written=runs.c.bytes_written + sum(file.bytes for file in written),
        )
        .returning(runs.c.slices_open)
    ).scalar_one()
    return int(left_open)


def list_files(connection: Connection, account_id: int, run_id: int) -> list[FileRow]:
    """Files of the run by event name, date and index."""
    rows = connection.execute(
        select(files)
        .where(files.c.account_id == account_id, files.c.run_id == run_id)
    )
    names = list(FileRow.__dataclass_fields__)
    found = [FileRow(**{name: row._mapping[name] for name in names}) for row in rows]
    # Sorted here: databases order text by rules of their own.
    return sorted(found, key=_file_order)


def list_rejects(connection: Connection, account_id: int, run_id: int) -> list[Slice]:
    """Slices of the run that wrote a reject file, in order."""
    rows = connection.execute(
        select(slices)
        .where(
            slices.c.account_id == account_id,
            slices.c.run_id == run_id,
            slices.c.reject_file.is_not(None),
        )
        .order_by(slices.c.slice_no)
    )
    return [_slice(row) for row in rows]


def progress(connection: Connection, account_id: int, run_id: int) -> tuple[int, int]:
    """(closed, all) slices of the run."""
    statement = select(
        func.count().filter(slices.c.status == str(SliceStatus.DONE)), func.count()
    ).where(slices.c.account_id == account_id, slices.c.run_id == run_id)
    row = connection.execute(statement).one()
    return int(row[0]), int(row[1])


def _this(piece: Slice) -> tuple[Any, ...]:
    return (
        slices.c.account_id == piece.account_id,
        slices.c.run_id == piece.run_id,
        slices.c.slice_no == piece.slice_no,
    )


def _part_values(part: SlicePart) -> list[Any]:
    day = None if part.event_date is None else part.event_date.isoformat()
    return [part.event_name, part.form, day, part.index, part.parts]


def _part(values: list[Any]) -> SlicePart:
    name, form, day, index, parts = values
    return SlicePart(name, form, None if day is None else date.fromisoformat(day), index, parts)


def _file_order(file: FileRow) -> tuple[str, date, int, str]:
    return (file.event_name or "", file.event_date or date.min, file.file_index, file.name)


def _add_files(connection: Connection, piece: Slice, written: Sequence[FileRow]) -> None:
    values = [_file_values(piece, file) for file in written]
    added = insert_new(connection, files, values, files.c.name)
    if len(added) != len(written):
        known = {row.name for row in added}
        twice = next((file.name for file in written if file.name not in known), written[0].name)
        raise OurFault(f"Two slices of the run made a file {twice!r}.", reason="file-twice")


def _file_values(piece: Slice, file: FileRow) -> dict[str, Any]:
    values = {name: getattr(file, name) for name in FileRow.__dataclass_fields__}
    return {
        "run_id": piece.run_id,
        "account_id": piece.account_id,
        "slice_no": piece.slice_no,
        **values,
    }


def _slice(row: Row[Any]) -> Slice:
    return Slice(
        run_id=row.run_id,
        slice_no=row.slice_no,
        account_id=row.account_id,
        parts=tuple(_part(values) for values in row.parts),
        status=SliceStatus(row.status),
        attempt=row.attempt,
        rows_rejected=row.rows_rejected,
        reject_file=row.reject_file,
    )
