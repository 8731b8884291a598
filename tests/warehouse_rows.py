"""Events and profiles put straight into a local warehouse, as a loader would."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from shared.adapters.duckdb_file import advance_clock, connect
from shared.schema import tables

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MIDNIGHT = NOW.replace(hour=0)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
WAIT_S = 30
# The same for all who open a file: only then may it be open twice in one process.
MEMORY_MB = 300
Row = dict[str, Any]


def utc(text: str) -> datetime:
    """The instant of an ISO text without offset, read as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def event(number: int, props: Any = None, **columns: Any) -> Row:
    """One event that happened and arrived on 19 November; its id stands in a property too.

    `props` are further properties, or the whole JSON text of the column when it is text.
    """
    event_id = columns.get("event_id", f"e{number:06d}")
    at = NOW - timedelta(days=1) + timedelta(seconds=number % 36_000)
    if not isinstance(props, str):
        props = json.dumps({"id": event_id, "n": number} | (props or {}), ensure_ascii=False)
    row = {
        "account_id": 1,
        "event_id": event_id,
        "event_name": "Page View",
        "ts": at,
        "ingested_at": columns.get("ts", at) + MINUTE,
        "object_id": f"o{number}",
        "identity": f"user-{number}",
        "email": f"user-{number}@example.org",
        "all_identities": [f"user-{number}"],
        "platform": "Web",
        "event_props": props,
    }
    return row | columns


def events(numbers: Iterable[int], **columns: Any) -> list[Row]:
    """Events that differ in number and time only."""
    return [event(number, **columns) for number in numbers]


def profile(number: int, props: Any = None, **columns: Any) -> Row:
    """One version of a profile that arrived on 19 November."""
    object_id = columns.get("object_id", f"o{number:06d}")
    if not isinstance(props, str):
        props = json.dumps({"id": object_id, "n": number} | (props or {}), ensure_ascii=False)
    row = {
        "account_id": 1,
        "object_id": object_id,
        "updated_at": NOW - timedelta(days=1) + timedelta(seconds=number),
        "identity": f"user-{number}",
        "email": f"user-{number}@example.org",
        "all_identities": [f"user-{number}"],
        "props": props,
        "deleted": False,
    }
    return row | columns


def load(path: Path, table: str, rows: Sequence[Row], now: datetime = NOW) -> datetime:
    """Insert rows; gives the moment from which on they are visible.

    Rows without an arrival time arrive at that moment, as with the command load.
    """
    with connect(path, wait_s=WAIT_S, memory_mb=MEMORY_MB) as con:
        told = advance_clock(con, now)
        columns = [column.name for column in tables()[table].columns]
        con.register("loaded", arrow_of(table, rows))
        arrival = tables()[table].partitioned_by
        values = [f"coalesce({name}, $told)" if name == arrival else name for name in columns]
        con.execute(
            f"INSERT INTO {table} ({', '.join(columns)}, loaded_at) "
            f"SELECT {', '.join(values)}, $told FROM loaded",
            {"told": told},
        )
        con.unregister("loaded")
    return told


def arrow_of(table: str, rows: Sequence[Row]) -> pa.Table:
    """The rows with all columns of the table, in its order; JSON as text."""
    names = [column.name for column in tables()[table].columns]
    return pa.table({name: _column(name, [row.get(name) for row in rows]) for name in names})


def _column(name: str, values: list[Any]) -> pa.Array:
    if name in ("ts", "ingested_at", "updated_at"):
        return pa.array(values, pa.timestamp("us", "UTC"))
    if name == "all_identities":
        return pa.array(values, pa.list_(pa.string()))
    if name == "deleted":
        return pa.array(values, pa.bool_())
    return pa.array(values, pa.int64() if name == "account_id" else pa.string())
