"""The first rows of a preview, written by the formats themselves as in a real file."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shared.domain.exports import Compression, ExportSpec, Format
from shared.formats.files import (
    Layout,
    Reject,
    Schema,
    encode_files,
    event_key,
    profiles_key,
    session_key,
)
from shared.formats.schema import schema_of

ROWS_SHOWN = 10
# Of text, and of one cell of a table: a property may hold a book.
TEXT_CHARS_MAX = 20_000
CELL_CHARS_MAX = 200
_EXACT = 2**53
_INT64 = 2**63


@dataclass(frozen=True, slots=True)
class Shown:
    """The first rows of one file; a table where files are Parquet, else text."""

    # Whose file it is; None for profiles, and where there are no rows.
    event_name: str | None
    text: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    # Rows that would be rejected, with the reasons.
    rejected: tuple[str, ...] = ()


def shown_rows(rows: pa.Table, spec: ExportSpec, *, full_base: bool) -> Shown:
    """The beginning of the file that the first of these rows would stand in.

    Columns are those that the shown rows have; a file has the properties of its whole window.
    """
    if rows.num_rows == 0:
        return Shown(None)
    profiles = spec.data_type.is_profiles
    event_name = None if profiles else rows["event_name"][0].as_py()
    if not profiles:
        rows = rows.filter(pc.equal(rows["event_name"], event_name)).drop_columns(["event_name"])
    rows = rows.slice(0, ROWS_SHOWN).combine_chunks()
    layout = Layout(
        profiles=profiles,
        format=spec.format,
        # Text is shown as it is read, before it is packed.
        compression=spec.compression if spec.format is Format.PARQUET else Compression.NONE,
        as_string=spec.as_string,
        time_zone=spec.time_zone,
        first_line=spec.first_line,
        formula_guard=spec.formula_guard,
        schema=_schema(rows, event_name),
        full_base=full_base,
    )
    rejects: list[Reject] = []
    files = list(
        encode_files(iter(rows.to_batches()), layout, event_name, io.BytesIO, rejects.extend)
    )
    reasons = tuple(sorted({reject.reason for reject in rejects}))
    if not files:
        return Shown(event_name, rejected=reasons)
    spool = files[0].spool
    assert isinstance(spool, io.BytesIO)
    if spec.format is Format.PARQUET:
        columns, cells = _table(pq.read_table(io.BytesIO(spool.getvalue())))
        return Shown(event_name, columns=columns, rows=cells, rejected=reasons)
    text = spool.getvalue().decode("utf-8", "replace")
    return Shown(event_name, text=text[:TEXT_CHARS_MAX], rejected=reasons)


def _table(table: pa.Table) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    rows = table.to_pylist()
    cells = tuple(tuple(_cell(row[name]) for name in table.column_names) for row in rows)
    return tuple(table.column_names), cells


def _cell(value: Any) -> str:
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False, default=str)
    return "" if value is None else str(value)[:CELL_CHARS_MAX]


def _schema(rows: pa.Table, event_name: str | None) -> Schema:
    """The properties of these rows, as an inventory would give them."""
    if event_name is None:
        return {profiles_key(): _properties(rows["props"])}
    return {
        event_key(event_name): _properties(rows["event_props"]),
        session_key(event_name): _properties(rows["session_props"]),
    }


def _properties(column: pa.ChunkedArray) -> dict[str, str]:
    types: dict[str, set[str]] = {}
    for pairs in _objects(column):
        for name, value in pairs:
            types.setdefault(name, set()).add(_kind(value))
    return schema_of(types)


def _objects(column: pa.ChunkedArray) -> Iterator[list[tuple[str, Any]]]:
    """Names and values of each object; what is none is left out."""
    for value in column.to_pylist():
        text = value if value is None or isinstance(value, str) else json.dumps(value)
        try:
            found = None if text is None else json.loads(text)
        except ValueError:
            # The format rejects the row, and says why.
            continue
        if isinstance(found, dict):
            yield list(found.items())


def _kind(value: Any) -> str:
    """The type of a JSON value in the words of `formats.schema`."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "BOOLEAN"
        case int():
            if not -_INT64 <= value < _INT64:
                return "HUGEINT"
            return "BIGINT" if -_EXACT <= value <= _EXACT else "WIDE"
        case float():
            if value != value:
                return "NULL"
            return "HUGEINT" if value in (float("inf"), float("-inf")) else "DOUBLE"
        case dict():
            return "OBJECT"
        case list():
            return "ARRAY"
        case _:
            return "VARCHAR"
