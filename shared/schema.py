"""Reads warehouse_schema.json, the one description of the warehouse's tables.

The file has the shape of BigQuery's own schema JSON, so that Terraform takes it as it is; the
local warehouse, the loader and the tests come here.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SCHEMA_FILE = Path(__file__).with_name("warehouse_schema.json")
# When a row became visible. BigQuery tells this by time travel, DuckDB has to write it down.
LOADED_AT = "loaded_at"

_DUCKDB_TYPES = {
    "INT64": "BIGINT",
    "STRING": "VARCHAR",
    "TIMESTAMP": "TIMESTAMPTZ",
    "BOOL": "BOOLEAN",
    "JSON": "JSON",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column, in BigQuery's words."""

    name: str
    type: str  # INT64, STRING, TIMESTAMP, BOOL or JSON
    mode: str  # REQUIRED, NULLABLE or REPEATED
    description: str

    @property
    def duckdb_type(self) -> str:
        """The same type in DuckDB; a repeated column is a list."""
        return _DUCKDB_TYPES[self.type] + ("[]" if self.mode == "REPEATED" else "")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the warehouse."""

    name: str
    description: str
    columns: tuple[Column, ...]
    partitioned_by: str  # the column whose UTC day is the partition
    clustered_by: tuple[str, ...]


@cache
def tables() -> dict[str, Table]:
    """The tables by name, in the order of the file."""
    described = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return {
        name: Table(
            name=name,
            description=entry["description"],
            columns=tuple(
                Column(each["name"], each["type"], each["mode"], each["description"])
                for each in entry["schema"]
            ),
            partitioned_by=entry["time_partitioning"]["field"],
            clustered_by=tuple(entry["clustering"]),
        )
        for name, entry in described.items()
    }


def duckdb_ddl() -> tuple[str, ...]:
    """The statements that make the local tables; a table that is there already stays as it is."""
    return tuple(_create(table) for table in tables().values())


def _create(table: Table) -> str:
    lines = [
        f"{column.name} {column.duckdb_type}{' NOT NULL' if column.mode == 'REQUIRED' else ''}"
        for column in table.columns
    ]
    lines.append(f"{LOADED_AT} TIMESTAMPTZ NOT NULL")
    return f"CREATE TABLE IF NOT EXISTS {table.name} ({', '.join(lines)})"
