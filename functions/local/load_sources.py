"""Gives every kind of file the same shape: one SELECT of its rows with our columns, still raw."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from functions.local.load_csv import ROWS, number_columns, read_header, read_rows
from functions.local.load_files import FileKind, InputFile
from functions.local.load_json_lines import json_lines
from shared.errors import InvalidInput
from shared.loading.json_sql import member, quoted
from shared.loading.raw import NOT_UTF8, Raw
from shared.loading.request import Request
from shared.loading.values import json_value, undecodable

ROW_NUMBER = "file_row_number"


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a file that has columns."""

    name: str  # as in the file
    sql: str  # as in the relation
    kind: str  # DuckDB's type
    verbatim: bool = False  # a text that is a JSON literal in every row


def open_raw(
    con: duckdb.DuckDBPyConnection,
    file: InputFile,
    request: Request,
    on_bytes: Callable[[int], None],
    *,
    lenient: bool,
) -> Raw:
    """The rows of a file; raises InvalidInput when it lacks columns that must be there.

    `lenient` reads a Parquet file whose texts are not all UTF-8, and sets those rows apart.
    """
    if file.kind is FileKind.JSON_LINES:
        return json_lines(con, file, request, on_bytes)
    if file.kind is FileKind.CSV:
        header = read_header(file)
        _check_columns(file, header.names, request)
        read_rows(con, file, header)
        numbers = number_columns(con, header, request.consumed)
        fields = [
            Field(name, f"c{at}", "VARCHAR", verbatim=at in numbers)
            for at, name in enumerate(header.names)
        ]
        return _columns(ROWS, "rowid + 1", fields, request)
    return _parquet(con, file, request, lenient=lenient)


def _parquet(
    con: duckdb.DuckDBPyConnection, file: InputFile, request: Request, *, lenient: bool
) -> Raw:
    path = quoted(str(file.path))
    plain = f"read_parquet({path}, hive_partitioning = false"
    described = con.execute(f"DESCRIBE FROM {plain})").fetchall()
    try:
        # DuckDB renames columns that differ in case only; the file knows their own names.
        names: list[str] = pq.read_schema(file.path).names
    except (pa.ArrowException, OSError):
        names = [row[0] for row in described]
    _check_columns(file, names, request)
    if ROW_NUMBER in (row[0].lower() for row in described):
        raise InvalidInput(f"{file.path} has a column {ROW_NUMBER}; give it another name.")
    fields = [
        Field(name, '"' + row[0].replace('"', '""') + '"', row[1])
        for name, row in zip(names, described, strict=True)
    ]
    relation = f"{plain}, {ROW_NUMBER} = true)"
    broken = "NULL"
    if lenient:
        # Two readings that part only where bytes are not UTF-8.
        replaced, ignored = (
            f"(SELECT t AS {way}_row FROM {plain}, utf8_validation = '{way}') t)"
            for way in ("replace", "ignore")
        )
        relation = (
            f"{plain}, {ROW_NUMBER} = true, utf8_validation = 'replace') "
            f"POSITIONAL JOIN {replaced} POSITIONAL JOIN {ignored}"
        )
        broken = f"CASE WHEN replace_row IS DISTINCT FROM ignore_row THEN {quoted(NOT_UTF8)} END"
    return _columns(relation, f"{ROW_NUMBER} + 1", fields, request, broken)


def _columns(
    relation: str,
    row_no: str,
    fields: Sequence[Field],
    request: Request,
    broken: str = "NULL",
) -> Raw:
    by_name = {field.name: field for field in fields}
    ours = {
        column: by_name[source] for column, source in request.sources.items() if source in by_name
    }
    others = [field for field in fields if field.name not in request.consumed]
    not_text = " OR ".join(
        undecodable(field.sql) for field in (*ours.values(), *others) if field.kind == "BLOB"
    )
    if not_text:
        broken = f"CASE WHEN {not_text} THEN {quoted(NOT_UTF8)} ELSE {broken} END"
    members = ", ".join(
        member(field.name, json_value(field.sql, field.kind, verbatim=field.verbatim))
        for field in others
    )
    extras = f"('{{' || concat_ws(',', {members}) || '}}')::JSON" if others else "NULL::JSON"
    columns = "".join(f", {field.sql} AS r_{column}" for column, field in ours.items())
    return Raw(
        sql=f"SELECT {row_no} AS row_no, "
        f"({broken})::VARCHAR AS broken, "
        f"{extras} AS extras{columns} FROM {relation}",
        types={column: field.kind for column, field in ours.items()},
    )


def _check_columns(file: InputFile, names: Sequence[str], request: Request) -> None:
    """Refuse a file that lacks a column which a person named, or which no row can do without."""
    for column, source in request.sources.items():
        if source in names:
            continue
        if column in request.named:
            raise InvalidInput(
                f"{file.path} has no column {source!r} for {column}; it has: {_shown(names)}."
            )
        if column in request.required:
            raise InvalidInput(
                f"{file.path} has no column {column}; say which one it is with"
                f" --map {column}=COLUMN; it has: {_shown(names)}."
            )


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names[:30]) + (", ..." if len(names) > 30 else "")
