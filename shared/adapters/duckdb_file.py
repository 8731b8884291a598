"""The file of a local warehouse: opened by one process at a time, with a clock of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random

from shared.errors import Transient
from shared.schema import duckdb_ddl, tables

TICK = timedelta(microseconds=1)
EPOCH = datetime.fromtimestamp(0, UTC)


@contextmanager
def connect(
    path: Path, *, wait_s: float, memory_mb: int = 1500
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse file for writing, with its tables; raises Transient when held too long."""
    path.parent.mkdir(parents=True, exist_ok=True)
    retrying = Retrying(
        retry=retry_if_exception(_is_held),
        stop=stop_after_delay(wait_s),
        wait=wait_random(0.02, 0.2),
        reraise=True,
    )
    config: dict[str, Any] = {"memory_limit": f"{memory_mb}MB", "preserve_insertion_order": False}
    try:
        con = retrying(lambda: duckdb.connect(str(path), config=config))
    except duckdb.IOException as error:
        if not _is_held(error):
            raise
        raise Transient(
            f"Another process has held {path.name} for over {wait_s:.0f} s; "
            "wait until its load or plan has ended, then try again.",
            reason="warehouse-busy",
        ) from error
    try:
        con.execute("SET TimeZone = 'UTC'")
        # JSON columns leave as `arrow.json`, which tells the formats that they have been parsed.
        con.execute("SET arrow_lossless_conversion = true")
        _make_tables(con)
        yield con
    finally:
        con.close()


def _make_tables(con: duckdb.DuckDBPyConnection) -> None:
    try:
        # One look at all of them takes a quarter of the time of a statement for each.
        con.execute(f"SELECT 1 FROM {', '.join(tables())}, warehouse_clock LIMIT 0")
    except duckdb.CatalogException:
        for statement in duckdb_ddl():
            con.execute(statement)
        con.execute("CREATE TABLE IF NOT EXISTS warehouse_clock (now_at TIMESTAMPTZ NOT NULL)")


def advance_clock(con: duckdb.DuckDBPyConnection, now: datetime) -> datetime:
    """The file's own time: `now`, or just after the last time it told if that is later."""
    rows = con.execute("SELECT epoch_us(max(now_at)) FROM warehouse_clock").fetchall()
    told = now.astimezone(UTC)
    if rows[0][0] is None:
        con.execute("INSERT INTO warehouse_clock VALUES (?)", [told])
        return told
    last = EPOCH + timedelta(microseconds=rows[0][0])
    told = max(told, last + TICK)
    con.execute("UPDATE warehouse_clock SET now_at = ?", [told])
    return told


def _is_held(error: BaseException) -> bool:
    return isinstance(error, duckdb.IOException) and "lock" in str(error).lower()
