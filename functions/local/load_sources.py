"""Gives every kind of file the same shape: one SELECT of its rows with our columns, still raw."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from functions.local.load_csv import ROWS, number_columns, read_header, read_rows
from functions.local.load_files import FileKind, InputFile
from functions.local.load_json import finite_text, is_object, member, parsed, pointer, quoted
from functions.local.load_lines import LINES_SCHEMA, read_lines
from functions.local.load_request import Request
from functions.local.load_values import json_value, undecodable
from shared.errors import InvalidInput

LINES = "load_lines"
ROW_NUMBER = "file_row_number"
NOT_UTF8 = "not UTF-8 text"


@dataclass(frozen=True, slots=True)
class Raw:
    """The rows of one file: `row_no`, `broken` (why it cannot be read), `extras` (the properties

    as a JSON object) and `r_<column>` for each of `types`, which are DuckDB's names of types.
    """

    sql: str
    types: Mapping[str, str]


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
        return _json_lines(con, file, request, on_bytes)
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


def _json_lines(
    con: duckdb.DuckDBPyConnection,
    file: InputFile,
    request: Request,
    on_bytes: Callable[[int], None],
) -> Raw:
    sources = request.sources
    _check_keys(con, file, request)
    register_lines(con, file, on_bytes)
    paths = ", ".join(quoted(pointer(source)) for source in sources.values())
    gone = "{" + ",".join(f"{json.dumps(name)}:null" for name in sorted(request.consumed)) + "}"
    lines = f"SELECT row_no, line, try(decode(line)) AS content FROM {LINES}"
    documents = (
        f"SELECT row_no, line, content, {parsed('content')} AS doc FROM ({lines}) "
        r"WHERE content IS NULL OR regexp_matches(content, '[^ \t\r\n]')"
    )
    values = (
        f"SELECT *, json_extract_string(doc, [{paths}]) AS found, "
        f"json_merge_patch(doc, {quoted(gone)}) AS extras FROM ({documents})"
    )
    texts = {
        column: finite_text(f"found[{at}]", "doc", quoted(pointer(source)))
        for at, (column, source) in enumerate(sources.items(), 1)
    }
    columns = "".join(f", {value} AS r_{column}" for column, value in texts.items())
    sql = (
        "SELECT row_no, CASE WHEN line IS NULL THEN 'line too long' "
        f"WHEN content IS NULL THEN {quoted(NOT_UTF8)} WHEN doc IS NULL THEN 'not JSON' "
        f"WHEN NOT {is_object('doc')} THEN 'not a JSON object' END AS broken, "
        f"extras{columns} FROM ({values})"
    )
    return Raw(sql=sql, types=dict.fromkeys(sources, "VARCHAR"))


def register_lines(
    con: duckdb.DuckDBPyConnection, file: InputFile, on_bytes: Callable[[int], None]
) -> None:
    """Offer the lines of a file as the relation `load_lines`, to be read once."""
    batches = _lines(file, on_bytes)
    con.register(LINES, pa.RecordBatchReader.from_batches(LINES_SCHEMA, batches))


def _lines(file: InputFile, on_bytes: Callable[[int], None]) -> Iterator[pa.RecordBatch]:
    with file.open() as content:
        yield from read_lines(content, on_bytes)


def _check_keys(con: duckdb.DuckDBPyConnection, file: InputFile, request: Request) -> None:
    """Refuse a file where no line has a key that a person named; reads it once more for that."""
    named = sorted(request.named)
    if not named:
        return
    register_lines(con, file, lambda _: None)
    tests = ", ".join(
        f"coalesce(bool_or(json_exists(doc, {quoted(pointer(request.sources[name]))})), false)"
        for name in named
    )
    [(found,)] = con.execute(
        f"SELECT [{tests}] FROM (SELECT try(json(decode(line))) AS doc FROM {LINES})"
    ).fetchall()
    for name, seen in zip(named, found, strict=True):
        if not seen:
            raise InvalidInput(
                f"{file.path} has no key {request.sources[name]!r} for {name} in any line."
            )
