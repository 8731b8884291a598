"""Loads into BigQuery: rows are checked in a DuckDB of the moment, and leave it as Parquet."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from functions.local.load import Publish
from functions.local.load_merge import tell_twins_apart
from functions.local.load_staging import STAGED
from shared.adapters.bigquery_load import ORDINAL, BigQueryLoader, loaded_columns
from shared.loading.json_sql import quoted
from shared.loading.request import Request


@contextmanager
def scratch(memory_mb: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB for the rows of one load; what does not fit into memory goes to a temporary file."""
    with tempfile.TemporaryDirectory(prefix="sluice-load-") as folder:
        config: dict[str, Any] = {
            "memory_limit": f"{memory_mb}MB",
            "preserve_insertion_order": False,
            "temp_directory": folder,
        }
        con = duckdb.connect(":memory:", config=config)
        try:
            con.execute("SET TimeZone = 'UTC'")
            yield con
        finally:
            con.close()


def publish_to(loader: BigQueryLoader) -> Publish:
    """Publishes what `load` has put together in a scratch."""

    def publish(
        con: duckdb.DuckDBPyConnection, request: Request, _now: datetime
    ) -> tuple[int, datetime]:
        if request.table.name == "events":
            tell_twins_apart(con)
        with tempfile.TemporaryDirectory(prefix="sluice-load-") as folder:
            file = Path(folder) / "rows.parquet"
            con.execute(
                f"COPY ({_rows(request)}) TO {quoted(str(file))} (FORMAT parquet, COMPRESSION zstd)"
            )
            with file.open("rb") as rows:
                return loader.publish(request.table, request.account_id, rows)

    return publish


def _rows(request: Request) -> str:
    # BigQuery stores its JSON in a form of its own; it gets the text to parse.
    columns = [
        f"{column.name}::VARCHAR AS {column.name}" if column.type == "JSON" else column.name
        for column in loaded_columns(request.table)
    ]
    return f"SELECT n AS {ORDINAL}, {', '.join(columns)} FROM {STAGED} WHERE reason IS NULL"
