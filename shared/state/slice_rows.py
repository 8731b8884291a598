"""Slices as state knows them: one queue message's work each, and the files planned in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, select

from shared.domain.runs import SliceStatus
from shared.state.database import insert_new
from shared.state.tables import slices


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


def _part_values(part: SlicePart) -> list[Any]:
    day = None if part.event_date is None else part.event_date.isoformat()
    return [part.event_name, part.form, day, part.index, part.parts]


def _part(values: list[Any]) -> SlicePart:
    name, form, day, index, parts = values
    return SlicePart(name, form, None if day is None else date.fromisoformat(day), index, parts)


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
