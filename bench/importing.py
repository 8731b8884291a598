"""One import of Parquet files by the importer's job, and DuckDB's own INSERT of the same rows."""

import os
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import duckdb

from bench import data
from bench.ours import new_system
from bench.peers import THREADS
from bench.processes import forget_peak, peak_mb
from shared.adapters.duckdb_file import connect
from shared.domain.connections import Dataset
from shared.domain.import_columns import FieldType
from shared.domain.import_mapping import Kind, Mapping, Property
from shared.domain.import_specs import ImportSpec, SourceQuery
from shared.jobs.import_run import import_run
from shared.jobs.list_imports import get_import_run
from shared.jobs.manage_connections import add_connection
from shared.jobs.manage_imports import create_import, run_import
from shared.jobs.services import Services
from shared.schema import LOADED_AT

TABLE = "orders"
# Columns of the customer's table that become columns of ours by the same name.
PLAIN = ("event_id", "object_id", "platform")
TYPES = {
    "VARCHAR": FieldType.STRING,
    "DOUBLE": FieldType.FLOAT,
    "BIGINT": FieldType.INTEGER,
    "BOOLEAN": FieldType.BOOLEAN,
}
MAPPING = Mapping(
    kind=Kind.EVENTS,
    identity="identity",
    updated_on="updated_on",
    created_on="ts",
    event_name_column="event_name",
    extra=tuple((name, name) for name in PLAIN),
    properties=tuple(Property(name, name, TYPES[kind]) for name, kind in data.PROPERTIES.items()),
)


def imported(events: int, target: Path) -> dict[str, Any]:
    """A first run of all rows, from its message to its end, in a process that is up already."""
    services = new_system(target / "warehouse.duckdb", target)
    # A thousand events of another account load what an importer loads once.
    _run(services, data.WARM_ACCOUNT, data.WARM_EVENTS)
    forget_peak(os.getpid())
    cpu, started = process_time(), perf_counter()
    done = _run(services, data.ACCOUNT, events)
    seconds = perf_counter() - started
    return _measured(target, seconds, process_time() - cpu, done, events)


def inserted(events: int, target: Path) -> dict[str, Any]:
    """One INSERT INTO ... SELECT into the same table, with its columns typed already."""
    path = target / "warehouse.duckdb"
    with connect(path, wait_s=1, memory_mb=4_000) as con:
        con.execute(_insert(data.WARM_ACCOUNT, data.customers_table(data.WARM_EVENTS)))
    forget_peak(os.getpid())
    cpu, started = process_time(), perf_counter()
    # The importer opens the file too, and leaves it checkpointed.
    with connect(path, wait_s=1, memory_mb=4_000) as con:
        con.execute(f"SET threads = {THREADS}")
        [(rows,)] = con.execute(_insert(data.ACCOUNT, data.customers_table(events))).fetchall()
    seconds = perf_counter() - started
    return _measured(target, seconds, process_time() - cpu, int(rows), events)


def _run(services: Services, account_id: int, events: int) -> int:
    """Connect, create, run: how many rows are new."""
    folder = Dataset(data.customers_table(events).parent.as_uri(), "")
    saved = add_connection(services, account_id, folder, name="Shop")
    spec = ImportSpec(
        nickname="Orders",
        connection_id=saved.connection_id,
        source=SourceQuery(TABLE),
        mapping=MAPPING,
    )
    made = create_import(services, account_id, spec)
    asked = run_import(services, account_id, made.import_id)
    import_run(services, account_id, asked.run_id)
    return get_import_run(services, account_id, asked.run_id).rows_new or 0


def _measured(target: Path, seconds: float, cpu_s: float, rows: int, events: int) -> dict[str, Any]:
    """What was measured; a run that wrote less, or something else, has not been faster."""
    peak = peak_mb(os.getpid())
    columns = ", ".join((*PLAIN, "event_name", "ts", "identity", "event_props"))
    with duckdb.connect(str(target / "warehouse.duckdb"), read_only=True) as con:
        stored, distinct = con.execute(
            "SELECT count(*), count(DISTINCT event_id) FROM events WHERE account_id = ?",
            [data.ACCOUNT],
        ).fetchall()[0]
        sums = con.execute(
            f"SELECT bit_xor(hash({columns}))::VARCHAR FROM events WHERE account_id = ?",
            [data.ACCOUNT],
        ).fetchall()
    if not rows == stored == distinct == events:
        raise RuntimeError(f"{rows} rows were new and {stored} stored of {events}")
    found = {"seconds": seconds, "cpu_s": cpu_s, "peak_mb": peak, "rows": rows}
    return found | {"content": sums[0][0]}


def _insert(account_id: int, files: Path) -> str:
    members = ", ".join(f"'{name}', \"{name}\"" for name in data.PROPERTIES)
    columns = {
        "account_id": str(account_id),
        **{name: name for name in (*PLAIN, "event_name", "ts", "identity")},
        "ingested_at": "now()",
        LOADED_AT: "now()",
        "event_props": f"json_object({members})",
    }
    return (
        f"INSERT INTO events ({', '.join(columns)}) "
        f"SELECT {', '.join(columns.values())} FROM read_parquet('{files}')"
    )
