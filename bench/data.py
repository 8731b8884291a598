"""Makes the events that are exported: once, in a warehouse file of the real table, then kept.

Eight event names, two days, eleven properties of mixed types, about 290 bytes of properties. Each
event arrives in the order of its time; in the variant `late` up to ten minutes out of order.
"""

from pathlib import Path

import duckdb

from shared.adapters.duckdb_file import connect
from shared.schema import LOADED_AT

HERE = Path(__file__).parent
DATA = HERE / "data"
RESULTS = DATA / "results"

EVENTS = 2_000_000
SOAK_EVENTS = 20_000_000
ACCOUNT = 1
# A few events of another account: exporting them wakes the worker processes up.
WARM_ACCOUNT = 2
WARM_EVENTS = 1_000
FIRST_DAY, LAST_DAY = "2026-11-10", "2026-11-11"
# The moment at which every export runs; one-time exports reach back 60 days from it.
NOW = "2026-11-20T12:00:00+00:00"
LATE_S = 600
TWO_DAYS_US = 172_800_000_000

PROPERTIES = {
    "CT Source": "VARCHAR",
    "Product": "VARCHAR",
    "Category": "VARCHAR",
    "Price": "DOUBLE",
    "Quantity": "BIGINT",
    "Currency": "VARCHAR",
    "Member": "BOOLEAN",
    "Session": "VARCHAR",
    "Url": "VARCHAR",
    "Latitude": "DOUBLE",
    "Referrer": "VARCHAR",
}
# Columns of the warehouse that a customer's own table has, too.
_CUSTOMERS = ("event_id", "event_name", "ts", "object_id", "identity", "platform")
_VALUES = {
    "CT Source": "'\"API\"'",
    "Product": "'\"Product number ' || (hash(i + 1) % 1000) || '\"'",
    "Category": "'\"Category ' || (hash(i + 2) % 20) || '\"'",
    "Price": "(hash(i + 3) % 100000 / 100.0)",
    "Quantity": "(hash(i + 4) % 9 + 1)",
    "Currency": "'\"EUR\"'",
    "Member": "CASE WHEN i % 3 = 0 THEN 'true' ELSE 'false' END",
    "Session": "'\"' || md5((i // 7)::VARCHAR) || '\"'",
    "Url": "'\"https://shop.example.com/catalogue/' || (hash(i + 5) % 10000) || '/view\"'",
    "Latitude": "(hash(i + 6) % 1800000 / 10000.0 - 90)",
    "Referrer": "'\"newsletter-' || (hash(i + 7) % 100) || '\"'",
}


def warehouse(events: int, *, late: bool = False) -> Path:
    """The warehouse file with so many events; it is made when it is not there yet."""
    path = DATA / f"events-{events}{'-late' if late else ''}.duckdb"
    if not path.exists():
        print(f"Making {events:,} events in {path.name} ...", flush=True)
        unfinished = path.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        with connect(unfinished, wait_s=1, memory_mb=4_000) as con:
            con.execute("SET preserve_insertion_order = true")
            con.execute("SET enable_progress_bar = false")
            con.execute(_insert(ACCOUNT, events, late_s=LATE_S if late else 0))
            con.execute(_insert(WARM_ACCOUNT, WARM_EVENTS, late_s=0))
        unfinished.rename(path)
    return path


def customers_table(events: int) -> Path:
    """A file of Parquet with the same events as a customer has them: a column for each property."""
    folder = DATA / f"shop-{events}"
    path = folder / "orders.parquet"
    if not path.exists():
        print(f"Making {events:,} events in {path.parent.name} ...", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / "orders.unfinished"
        with duckdb.connect() as con:
            con.execute("SET TimeZone = 'UTC'")
            con.execute("SET enable_progress_bar = false")
            con.execute(f"COPY ({_customers_rows(events)}) TO '{unfinished}' (FORMAT parquet)")
        unfinished.rename(path)
    return path


def _customers_rows(events: int) -> str:
    columns = _columns(events, late_s=0)
    named = {name: columns[name] for name in _CUSTOMERS} | {"updated_on": columns["ingested_at"]}
    for name, kind in PROPERTIES.items():
        value = f"trim({_VALUES[name]}, '\"')" if kind == "VARCHAR" else _VALUES[name]
        named[name] = f"({value})::{kind}"
    listed = ", ".join(f'{sql} AS "{name}"' for name, sql in named.items())
    return f"SELECT {listed} FROM range({events}) AS numbers(i)"


def _insert(account_id: int, events: int, *, late_s: int) -> str:
    columns = {"account_id": f"{account_id}"} | _columns(events, late_s=late_s)
    return (
        f"INSERT INTO events ({', '.join(columns)}) "
        f"SELECT {', '.join(columns.values())} FROM range({events}) AS numbers(i)"
    )


def _columns(events: int, *, late_s: int) -> dict[str, str]:
    step_us = (TWO_DAYS_US - late_s * 1_000_000) // events
    late_us = f" + (hash(i + 8) % {late_s * 1_000_000})::BIGINT" if late_s else ""
    return {
        "event_id": "md5(i::VARCHAR)",
        "event_name": "'Event ' || (hash(i) % 8)",
        "ts": f"TIMESTAMPTZ '{FIRST_DAY} 00:00:00+00' + to_microseconds(i * {step_us}{late_us})",
        "ingested_at": "TIMESTAMPTZ '2026-11-12 00:00:00+00' + to_microseconds(i)",
        LOADED_AT: "TIMESTAMPTZ '2026-11-12 12:00:00+00'",
        "object_id": "'o' || (i % 50000)",
        "identity": "'user' || (i % 50000) || '@example.com'",
        "all_identities": "['user' || (i % 50000) || '@example.com', 'crm-' || (i % 50000)]",
        "platform": "['Web', 'iOS', 'Android'][(hash(i + 9) % 3)::INT + 1]",
        "event_props": f"'{{' || {_members()} || '}}'",
    }


def _members() -> str:
    return " || ',' || ".join(f"'\"{name}\":' || {_VALUES[name]}" for name in PROPERTIES)
