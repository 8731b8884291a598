"""DuckDB's own `COPY ... PARTITION_BY`: the same rows to the same shape of file.

Each query is the fastest form that was found for it: the local date and time without a time zone
function, properties by one list of paths for CSV, by one typed `json_transform` for Parquet.
"""

import os
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import duckdb

from bench import data
from bench.processes import forget_peak, peak_mb

THREADS = 2
DEVICE_KEYS = (
    "make", "model", "appVersion", "sdkVersion", "osVersion", "browser", "dpi",
    "dimensions.width", "dimensions.height", "dimensions.unit",
)  # fmt: skip
CODECS = {"none": "uncompressed", "gzip": "gzip", "zstd": "zstd"}

# The account's zone is UTC. Arithmetic is faster here than strftime and a cast.
_ROWS = f"(SELECT *, ts AT TIME ZONE 'UTC' AS t FROM events WHERE account_id = {data.ACCOUNT})"
_TS = "(((((year(t) * 100 + month(t)) * 100 + day(t)) * 100 + hour(t)) * 100 + minute(t)) * 100 "
_TS += "+ second(t))"
_GROUP = 'event_name, t::DATE AS "date"'
_PROFILE = (
    "{'identity': coalesce(identity, ''), 'objectId': object_id, "
    "'all_identities': all_identities, 'platform': platform, 'phone': phone, 'name': name, "
    "'email': email, 'push_token': push_token} AS profile"
)


def copy(path: Path, target: Path, file_format: str, compression: str) -> dict[str, Any]:
    """Write all events below `target`; seconds do not count the start of the process."""
    con = duckdb.connect(str(path), read_only=True)
    con.execute(f"SET threads = {THREADS}")
    con.execute("SET TimeZone = 'UTC'")
    # Rows may come in any order: DuckDB is faster so, and it need not keep one here.
    con.execute("SET preserve_insertion_order = false")
    con.execute("SET enable_progress_bar = false")
    statement = copy_statement(target, file_format, compression)
    con.execute("SELECT count(*) FROM events").fetchall()
    forget_peak(os.getpid())
    cpu, started = process_time(), perf_counter()
    (rows,) = con.execute(statement).fetchall()[0]
    return {
        "seconds": perf_counter() - started,
        "cpu_s": process_time() - cpu,
        "peak_mb": peak_mb(os.getpid()),
        "rows": rows,
    }


def copy_statement(target: Path, file_format: str, compression: str) -> str:
    """The whole COPY statement."""
    query = {"json": _json, "csv": _csv, "parquet": _parquet}[file_format]()
    options = [f"FORMAT {file_format}", 'PARTITION_BY (event_name, "date")']
    if file_format == "parquet":
        options.append(f"COMPRESSION {CODECS[compression]}")
    elif compression != "none":
        options.append(f"COMPRESSION {compression}")
    if file_format == "csv":
        options.append("HEADER")
    return f"COPY ({query}) TO '{target}' ({', '.join(options)})"


def _json() -> str:
    return (
        f"SELECT {_GROUP}, {_PROFILE}, {_TS} AS ts, device AS deviceInfo, "
        "control_group AS controlGroupName, event_props AS eventProps, "
        f"session_props AS sessionProps FROM {_ROWS}"
    )


def _csv() -> str:
    device = [
        f"json_extract_string(device, '$.{key}') AS \"deviceInfo.{key}\"" for key in DEVICE_KEYS
    ]
    paths = ", ".join(f"'$.\"{name}\"'" for name in data.PROPERTIES)
    properties = [
        f'found[{place}] AS "eventProps.{name}"'
        for place, name in enumerate(data.PROPERTIES, start=1)
    ]
    profile = [
        "coalesce(identity, '') AS \"profile.identity\"",
        'object_id AS "profile.objectId"',
        *(f'{name} AS "profile.{name}"' for name in ("all_identities", "platform", "phone")),
        *(f'{name} AS "profile.{name}"' for name in ("name", "email", "push_token")),
    ]
    columns = [f'{_TS} AS ts, event_name AS "eventName"', *profile, *device]
    columns += ['control_group AS "controlGroupName"', *properties]
    return (
        f"SELECT {_GROUP}, {', '.join(columns)} FROM "
        f"(SELECT *, json_extract_string(event_props, [{paths}]) AS found FROM {_ROWS})"
    )


def _parquet() -> str:
    types = ", ".join(f'"{name}": "{kind}"' for name, kind in data.PROPERTIES.items())
    return (
        f'SELECT {_GROUP}, ts, event_name AS "eventName", {_PROFILE}, '
        "control_group AS controlGroupName, "
        f"json_transform(event_props, '{{{types}}}') AS eventProps FROM {_ROWS}"
    )
