"""Datasets of customers for tests: the same tables as local files, and in BigQuery."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from shared.adapters.local_source import LocalSource
from shared.domain.connections import Dataset
from shared.domain.import_columns import FieldType
from shared.domain.import_mapping import Kind, Mapping, Property
from shared.domain.import_specs import SourceQuery
from shared.domain.watermarks import Watermark
from shared.import_ports import Described, Reading, Source

START = datetime(2026, 11, 1, tzinfo=UTC)
ORDERS = SourceQuery("orders")
EVENTS = Mapping(
    kind=Kind.EVENTS,
    identity="uid",
    updated_on="changed",
    created_on="happened",
    event_name="Bought",
    extra=(("email", "mail"),),
    properties=(
        Property("price", "Price", FieldType.FLOAT),
        Property("count", "Count", FieldType.INTEGER),
        Property('the "note"', 'a "note"', FieldType.STRING),
    ),
)
PROFILES = Mapping(
    kind=Kind.PROFILES,
    identity="uid",
    updated_on="changed",
    extra=(("email", "mail"),),
    properties=(Property("price", "Price", FieldType.FLOAT),),
)
TYPES = pa.schema(
    [
        ("uid", pa.string()),
        ("mail", pa.string()),
        ("happened", pa.timestamp("us", "UTC")),
        ("changed", pa.timestamp("us", "UTC")),
        ("price", pa.float64()),
        ("count", pa.string()),
        ('the "note"', pa.string()),
    ]
)


def order(number: int, **values: Any) -> dict[str, Any]:
    """One row; each is changed a second after the one before."""
    at = START + timedelta(seconds=number)
    usual = {
        "uid": f"user-{number}",
        "mail": f"u{number}@example.org",
        "happened": at,
        "changed": at,
        "price": number + 0.5,
        "count": str(number),
        'the "note"': f"note {number}",
    }
    return usual | values


def folder_with(folder: Path, rows: Sequence[dict[str, Any]], name: str = "orders") -> Dataset:
    """A local dataset with one Parquet file."""
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows), TYPES), folder / f"{name}.parquet")
    return Dataset(folder.as_uri(), "")


def duckdb_with(path: Path, rows: Sequence[dict[str, Any]]) -> Dataset:
    """A local dataset that is one DuckDB file."""
    with duckdb.connect(str(path)) as con:
        con.register("given", pa.Table.from_pylist(list(rows), TYPES))
        con.execute("CREATE TABLE orders AS FROM given")
        con.execute("CREATE VIEW seen AS FROM orders")
    return Dataset(path.as_uri(), "")


def source_of(place: Dataset) -> LocalSource:
    return LocalSource(place, memory_mb=200)


def reading_of(
    described: Described,
    mapping: Mapping,
    *,
    query: SourceQuery = ORDERS,
    since: Watermark | None = None,
    key: str = "test",
    limit: int | None = None,
) -> Reading:
    """What an importer reads for this mapping."""
    by_name = {column.name: column for column in described.columns}
    updated_on = None if mapping.updated_on is None else by_name[mapping.updated_on]
    columns = tuple(by_name[name] for name in mapping.columns)
    return Reading(query, columns, key, updated_on, since, limit)


def rows_of(source: Source, reading: Reading) -> list[dict[str, Any]]:
    """All rows that the source gives."""
    return [row for batch in source.read(reading) for row in batch.to_pylist()]
