"""Brings the rows of all files into one temporary table, each with its values or a reason."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import duckdb

from functions.local.load_csv import drop_rows, unreadable_rows
from functions.local.load_files import FileKind, InputFile
from functions.local.load_json_lines import LINES
from functions.local.load_sources import open_raw
from shared.errors import InvalidInput, Transient
from shared.loading.json_sql import each_key_once
from shared.loading.request import Request
from shared.loading.rows import rows_sql

_NOT_THE_FILES = (
    duckdb.BinderException,
    duckdb.ParserException,
    duckdb.CatalogException,
    duckdb.InterruptException,
)
Progress = Callable[[int, int], None]

STAGED = "load_staged"
# A row's key `n` holds the file in its upper bits and the row's number in the lower ones; rows
# that the CSV reader could not take apart are numbered in a range of their own.
FILE_BITS = 40
UNREADABLE = 1 << 39


@contextmanager
def staged(
    con: duckdb.DuckDBPyConnection,
    files: Sequence[InputFile],
    request: Request,
    on_progress: Progress,
) -> Iterator[None]:
    """Have `load_staged` filled from all files during the block; the real tables stay as is.

    Its columns: n, reason (NULL for a good row), hashed (event_id is made from the row) and the
    columns of the request.
    """
    [(in_order,)] = con.execute("SELECT current_setting('preserve_insertion_order')").fetchall()
    columns = ", ".join(f"{column.name} {column.duckdb_type}" for column in request.columns)
    try:
        # The rows of a CSV file are numbered as they come.
        con.execute("SET preserve_insertion_order = true")
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {STAGED} "
            f"(n BIGINT, reason VARCHAR, hashed BOOLEAN, {columns})"
        )
        total, done = sum(file.size for file in files), 0
        for file_no, file in enumerate(files):
            _stage(con, file, file_no << FILE_BITS, request, _within(on_progress, done, total))
            done += file.size
            on_progress(done, total)
        for column in request.columns:
            if column.type == "JSON":
                _keep_first_members(con, column.name)
        yield
    finally:
        con.execute(f"DROP TABLE IF EXISTS {STAGED}")
        con.execute(f"SET preserve_insertion_order = {bool(in_order)}")


def _within(on_progress: Progress, done: int, total: int) -> Callable[[int], None]:
    """Counts on from `done` with the bytes that are read from one file."""
    read = 0

    def on_bytes(count: int) -> None:
        nonlocal read
        read += count
        on_progress(min(done + read, total), total)

    return on_bytes


def _stage(
    con: duckdb.DuckDBPyConnection,
    file: InputFile,
    key: int,
    request: Request,
    on_bytes: Callable[[int], None],
) -> None:
    try:
        try:
            _insert(con, file, key, request, on_bytes, lenient=False)
        except duckdb.InvalidInputException as error:
            if file.kind is not FileKind.PARQUET or "Invalid string encoding" not in str(error):
                raise
            # Read again, slower, so that only the rows with such bytes are left out.
            _insert(con, file, key, request, on_bytes, lenient=True)
        if file.kind is FileKind.CSV:
            con.execute(f"INSERT INTO {STAGED} BY NAME {unreadable_rows(key + UNREADABLE)}")
    except _NOT_THE_FILES:
        # A mistake of ours, or a person's wish to stop; neither is the file's fault.
        raise
    except duckdb.Error as error:
        raise _unreadable(file, error) from error
    finally:
        con.unregister(LINES)
        drop_rows(con)


def _insert(
    con: duckdb.DuckDBPyConnection,
    file: InputFile,
    key: int,
    request: Request,
    on_bytes: Callable[[int], None],
    *,
    lenient: bool,
) -> None:
    raw = open_raw(con, file, request, on_bytes, lenient=lenient)
    con.execute(f"INSERT INTO {STAGED} BY NAME {rows_sql(raw, request, key)}")


def _keep_first_members(con: duckdb.DuckDBPyConnection, column: str) -> None:
    """Of members of an object with the same name keep the first, as BigQuery does.

    Rows mostly share a few sets of names, so each set is looked at once, and few rows are changed.
    """
    repeated = con.execute(
        f"SELECT code FROM (SELECT hash(keys) AS code, any_value(keys) AS keys FROM ("
        f"SELECT json_keys({column}) AS keys FROM {STAGED} WHERE {column} IS NOT NULL) "
        "GROUP BY code) WHERE len(list_distinct(keys)) < len(keys)"
    ).fetchall()
    if repeated:
        con.execute(
            f"UPDATE {STAGED} SET {column} = {each_key_once(column)} "
            f"WHERE {column} IS NOT NULL AND list_contains(?, hash(json_keys({column})))",
            [[code for (code,) in repeated]],
        )


def _unreadable(file: InputFile, error: duckdb.Error) -> InvalidInput | Transient:
    if "No space left" in str(error):
        return Transient("The disk is full; make room and load again.", reason="disk-full")
    if isinstance(error, duckdb.OutOfMemoryException):
        return Transient(
            f"{file.path} needs more memory than DUCKDB_MEMORY_MB allows; raise it and load again.",
            reason="out-of-memory",
        )
    return InvalidInput(
        f"{file.path} cannot be read as {file.kind}:"
        " it is damaged or of another kind than its ending says."
    )
