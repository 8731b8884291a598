"""Reads JSON Lines as raw rows: known keys as texts, all other members as one JSON object."""

import json
from collections.abc import Callable, Iterator

import duckdb
import pyarrow as pa

from functions.local.load_files import InputFile
from functions.local.load_lines import LINES_SCHEMA, read_lines
from shared.errors import InvalidInput
from shared.loading.json_sql import finite_text, is_object, parsed, pointer, quoted
from shared.loading.raw import NOT_UTF8, Raw
from shared.loading.request import Request

LINES = "load_lines"


def json_lines(
    con: duckdb.DuckDBPyConnection,
    file: InputFile,
    request: Request,
    on_bytes: Callable[[int], None],
) -> Raw:
    """The rows of a file; raises InvalidInput when no line has a key that a person named."""
    sources = request.sources
    _check_keys(con, file, request)
    _register(con, file, on_bytes)
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


def _register(
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
    _register(con, file, lambda _: None)
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
