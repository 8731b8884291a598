"""Parquet files read back by DuckDB, for the tests of that format."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow.parquet as pq

from shared.domain.choices import Compression, Format
from tests.formats.encoding import EVENTS

PARQUET = replace(EVENTS, format=Format.PARQUET, compression=Compression.ZSTD)
PARQUET_PROFILES = replace(PARQUET, profiles=True)


def read(content: bytes) -> list[dict[str, Any]]:
    """The rows as DuckDB reads them; times as epoch microseconds."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "rows.parquet")
        path.write_bytes(content)
        times = "* REPLACE (epoch_us(ts) AS ts)" if "ts" in pq.read_schema(path).names else "*"
        table = duckdb.sql(f"SELECT {times} FROM read_parquet('{path}')")
        return [dict(zip(table.columns, row, strict=True)) for row in table.fetchall()]
