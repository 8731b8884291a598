"""Reads CSV by DuckDB's strict reader: every value as text, every unreadable row set apart."""

import csv
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import duckdb

from functions.local.load_files import GZIP_ERRORS, READ_BYTES, InputFile
from shared.errors import InvalidInput
from shared.loading.json_sql import quoted

ROWS = "load_csv_rows"
ERRORS = "load_csv_errors"
SCANS = "load_csv_scans"
HEADER_BYTES_MAX = 1_000_000
# Room for the longest row; DuckDB reads in pieces of `buffer_size`, a few at a time.
ROW_BYTES_MAX = 16_000_000
_DELIMITERS = ",;\t|"

# What DuckDB calls the faults of a row, in our words.
REASONS = {
    "MISSING COLUMNS": "fewer values than the header has names",
    "TOO MANY COLUMNS": "more values than the header has names",
    "UNQUOTED VALUE": "a quote is not closed or stands in the middle of a value",
    "INVALID ENCODING": "not UTF-8 text",
    "LINE SIZE OVER MAXIMUM": "line too long",
    "INVALID STATE": "quotes that cannot be read",
}


@dataclass(frozen=True, slots=True)
class Header:
    """The first row of a CSV file."""

    names: tuple[str, ...]
    delimiter: str


def read_header(file: InputFile) -> Header:
    """The names of the columns; raises InvalidInput when they cannot be told apart."""
    try:
        with file.open() as content:
            start = content.read(HEADER_BYTES_MAX)
    except GZIP_ERRORS as error:
        raise InvalidInput(f"{file.path} cannot be read ({error}).") from error
    text = start.decode("utf-8-sig", errors="replace")
    delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
    try:
        names = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration) as error:
        raise InvalidInput(f"{file.path} does not begin with a row of column names.") from error
    if "\N{REPLACEMENT CHARACTER}" in "".join(names) or "\0" in "".join(names):
        raise InvalidInput(f"{file.path} is not UTF-8 text; save it as CSV in UTF-8.")
    if not all(names):
        raise InvalidInput(
            f"{file.path} has a column without a name; name column"
            f" {names.index('') + 1} in its first row."
        )
    for name in names:
        if names.count(name) > 1:
            raise InvalidInput(f"{file.path} has two columns named {name!r}; rename one of them.")
    return Header(tuple(names), delimiter)


def read_rows(con: duckdb.DuckDBPyConnection, file: InputFile, header: Header) -> None:
    """Fill `load_csv_rows` with columns c0, c1, ... of text, in order; an empty value is NULL."""
    try:
        _read(con, file.path, header, gzipped=file.gzipped)
    except duckdb.InvalidInputException as error:
        if "invalid state" not in str(error):
            raise
        # DuckDB's strict reader gives a whole file up when its rows end in different ways.
        drop_rows(con)
        with tempfile.NamedTemporaryFile(suffix=".csv") as copy:
            _copy_with_equal_line_ends(file, copy)
            _read(con, Path(copy.name), header, gzipped=False)


def _read(con: duckdb.DuckDBPyConnection, path: Path, header: Header, *, gzipped: bool) -> None:
    columns = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(len(header.names)))
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {ROWS} AS FROM "
        f"read_csv({quoted(str(path))}, auto_detect = false, header = true, "
        f"delim = {quoted(header.delimiter)}, quote = '\"', escape = '\"', comment = '', "
        f"columns = {{{columns}}}, nullstr = '', null_padding = false, strict_mode = true, "
        f"compression = '{'gzip' if gzipped else 'none'}', "
        f"max_line_size = {ROW_BYTES_MAX}, buffer_size = {2 * ROW_BYTES_MAX}, "
        f"store_rejects = true, rejects_table = '{ERRORS}', rejects_scan = '{SCANS}', "
        "rejects_limit = 0)"
    )


def _copy_with_equal_line_ends(file: InputFile, copy: IO[bytes]) -> None:
    with file.open() as content:
        held = b""
        while chunk := content.read(READ_BYTES):
            data = held + chunk
            held = data[-1:] if data.endswith(b"\r") else b""
            data = data.removesuffix(b"\r")
            copy.write(data.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
        copy.write(held.replace(b"\r", b"\n"))
    copy.flush()


def number_columns(
    con: duckdb.DuckDBPyConnection, header: Header, consumed: frozenset[str]
) -> frozenset[int]:
    """Positions of the property columns whose every value is a number or every one true or false.

    A value counts as a number only when the number is written back as the very same text: '007',
    '1.50', '+91...' and '1e5' are texts, and then the whole column is.
    """
    others = [at for at, name in enumerate(header.names) if name not in consumed]
    if not others:
        return frozenset()
    tests = ", ".join(
        f"coalesce(bool_and({_is_number(f'c{at}')}) OR bool_and(c{at} IN ('true', 'false')), false)"
        for at in others
    )
    [(answers,)] = con.execute(f"SELECT [{tests}] FROM {ROWS}").fetchall()
    return frozenset(at for at, answer in zip(others, answers, strict=True) if answer)


def _is_number(column: str) -> str:
    return (
        f"({column} IS NULL OR regexp_full_match({column}, '0|-?[1-9][0-9]*') OR coalesce("
        f"try_cast({column} AS DOUBLE)::VARCHAR = {column} "
        f"AND isfinite(try_cast({column} AS DOUBLE)), false))"
    )


def unreadable_rows(key: int) -> str:
    """SELECT n, reason of the rows of the last file that could not be read; `n` is after `key`."""
    cases = " ".join(
        f"WHEN {quoted(kind)} THEN {quoted(reason)}" for kind, reason in REASONS.items()
    )
    # One row may have several faults; the header is line 1.
    return (
        f"SELECT {key} + line - 1 AS n, arg_min(CASE error_type::VARCHAR {cases} "
        "ELSE lower(error_type::VARCHAR) END, byte_position) AS reason "
        f"FROM {ERRORS} GROUP BY line"
    )


def drop_rows(con: duckdb.DuckDBPyConnection) -> None:
    """Forget the last file."""
    for name in (ROWS, ERRORS, SCANS):
        con.execute(f"DROP TABLE IF EXISTS {name}")
