"""dlt: an Arrow table of the same rows through a pipeline to its filesystem destination.

The table goes in whole and with one worker, which is what dlt does unasked; splitting it for two
workers was not faster. Its files are gzip unless compression is switched off.
"""

import os
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import duckdb
import pyarrow as pa

from bench import data
from bench.processes import forget_peak, peak_mb

ROWS = 200_000
WRITERS = {"json": "jsonl", "csv": "csv"}
_COLUMNS = (
    "event_name", "ts", "identity", "object_id", "platform", "phone", "name", "email",
    "push_token", "device", "control_group", "event_props", "session_props",
)  # fmt: skip


def run_pipeline(path: Path, target: Path, file_format: str, compression: str) -> dict[str, Any]:
    """Extract, normalise and load; seconds do not count the start, nor reading the warehouse."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["RUNTIME__LOG_LEVEL"] = "CRITICAL"
    off = "true" if compression == "none" else "false"
    os.environ["NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION"] = off
    import dlt

    table = _table(path, file_format)
    pipeline = dlt.pipeline(
        "bench",
        destination=dlt.destinations.filesystem(f"file://{target}/files"),
        dataset_name="bench",
        pipelines_dir=str(target / "pipelines"),
    )
    forget_peak(os.getpid())
    cpu, started = process_time(), perf_counter()
    loaded = pipeline.run(table, table_name="events", loader_file_format=WRITERS[file_format])
    measured = {
        "seconds": perf_counter() - started,
        "cpu_s": process_time() - cpu,
        "peak_mb": peak_mb(os.getpid()),
        "rows": table.num_rows,
    }
    loaded.raise_on_failed_jobs()
    return measured


def _table(path: Path, file_format: str) -> pa.Table:
    # dlt's csv writer takes no lists.
    identities = "all_identities"
    if file_format == "csv":
        identities = "array_to_string(all_identities, ',') AS all_identities"
    sql = (
        f"SELECT {', '.join(_COLUMNS)}, {identities} FROM events "
        f"WHERE account_id = {data.ACCOUNT} LIMIT {ROWS}"
    )
    with duckdb.connect(str(path), read_only=True) as con:
        table: pa.Table = con.sql(sql).to_arrow_table()
    return table
