"""Writes down the rows that were not loaded: where each one stands, and why."""

import os
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from functions.local.load_files import InputFile
from functions.local.load_staging import FILE_BITS, STAGED, UNREADABLE
from shared.loading.json_sql import quoted

_FILES = "load_files"


def write_rejects(con: duckdb.DuckDBPyConnection, files: Sequence[InputFile], target: Path) -> None:
    """Write {"file", "row", "reason"} a rejected row, in the order of the files.

    `row` counts a file's rows from 1, without the header of CSV; of JSON Lines, its lines.
    """
    names = pa.table({"file_no": range(len(files)), "file": [str(file.path) for file in files]})
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    con.register(_FILES, names)
    try:
        con.execute(f"COPY ({_rows()}) TO {quoted(str(partial))} (FORMAT json, COMPRESSION 'none')")
        partial.replace(target)
    finally:
        con.unregister(_FILES)
        partial.unlink(missing_ok=True)


def _rows() -> str:
    # A row that CSV could be taken apart for knows only its place among its like. `gaps` says
    # how many unreadable rows stand before the row that comes after so many good ones.
    rejected = (
        f"SELECT n >> {FILE_BITS} AS file_no, n & {UNREADABLE - 1} AS nth, "
        f"(n & {UNREADABLE}) <> 0 AS unreadable, reason FROM {STAGED} WHERE reason IS NOT NULL"
    )
    gaps = (
        "SELECT file_no, nth - missed AS after, max(missed) AS missed FROM ("
        "SELECT file_no, nth, row_number() OVER (PARTITION BY file_no ORDER BY nth) AS missed "
        "FROM rejected WHERE unreadable) GROUP BY ALL"
    )
    placed = (
        "SELECT file_no, nth AS row, reason FROM rejected WHERE unreadable UNION ALL "
        "SELECT r.file_no, r.nth + coalesce(g.missed, 0), r.reason FROM rejected r "
        "ASOF LEFT JOIN gaps g ON r.file_no = g.file_no AND r.nth > g.after "
        "WHERE NOT r.unreadable"
    )
    return (
        f"WITH rejected AS ({rejected}), gaps AS ({gaps}), placed AS ({placed}) "
        f"SELECT file, row, reason FROM placed JOIN {_FILES} USING (file_no) ORDER BY file_no, row"
    )
