"""Files in state: every object that a run has delivered to the bucket."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from shared.errors import OurFault
from shared.state.database import insert_new
from shared.state.slice_rows import Slice
from shared.state.tables import files


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


def add_files(connection: Connection, piece: Slice, written: Sequence[FileRow]) -> None:
    """Store the files of a slice; raises OurFault when the run has a file of such a name."""
    values = [_file_values(piece, file) for file in written]
    added = insert_new(connection, files, values, files.c.name)
    if len(added) != len(written):
        known = {row.name for row in added}
        twice = next((file.name for file in written if file.name not in known), written[0].name)
        raise OurFault(f"Two slices of the run made a file {twice!r}.", reason="file-twice")


def list_files(connection: Connection, account_id: int, run_id: int) -> list[FileRow]:
    """Files of the run by event name, date and index."""
    rows = connection.execute(
        select(files).where(files.c.account_id == account_id, files.c.run_id == run_id)
    )
    # Sorted here: databases order text by rules of their own.
    return sorted(map(_file, rows.all()), key=_file_order)


def list_of_runs(
    connection: Connection, account_id: int, run_ids: Sequence[int]
) -> dict[int, list[FileRow]]:
    """The same for several runs at once, by run; those without files are left out."""
    rows = connection.execute(
        select(files).where(files.c.account_id == account_id, files.c.run_id.in_(run_ids))
    )
    found: dict[int, list[FileRow]] = {}
    for row in rows.all():
        found.setdefault(row.run_id, []).append(_file(row))
    return {run_id: sorted(each, key=_file_order) for run_id, each in found.items()}


def _file(row: Row[Any]) -> FileRow:
    return FileRow(**{name: row._mapping[name] for name in FileRow.__dataclass_fields__})


def _file_order(file: FileRow) -> tuple[str, date, int, str]:
    return (file.event_name or "", file.event_date or date.min, file.file_index, file.name)


def _file_values(piece: Slice, file: FileRow) -> dict[str, Any]:
    values = {name: getattr(file, name) for name in FileRow.__dataclass_fields__}
    return {
        "run_id": piece.run_id,
        "account_id": piece.account_id,
        "slice_no": piece.slice_no,
        **values,
    }
