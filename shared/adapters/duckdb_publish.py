"""The statements that bring staged rows of an import into the tables of a DuckDB warehouse."""

from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa

from shared.loading.staged import landed_columns
from shared.schema import LOADED_AT, Table

BATCH_ROWS = 200_000
# Temporary tables of one publish.
SUSPECTS, NAMES = "publish_suspects", "publish_names"


def insert_events(
    con: duckdb.DuckDBPyConnection, table: Table, account_id: int, staged: str, told: datetime
) -> int:
    """Insert the good rows whose id is new; gives their number.

    Only rows whose id shares its 64-bit hash with another one, staged or stored, are looked at one
    by one. Rows that are the same in all and have no id of their own are told apart by a number,
    so that genuine twins stay, and reading them again finds them all.
    """
    columns = [column.name for column in landed_columns(table)]
    listed = ", ".join(columns)
    values = {"account": account_id, "told": told}
    target = (
        f"INSERT INTO {table.name} (account_id, {table.partitioned_by}, {LOADED_AT}, {listed}) "
    )
    chosen = f"SELECT $account, $told, $told, {listed} FROM {staged} WHERE reason IS NULL"
    if not _find_suspects(con, account_id, staged):
        return _rows(con, target + chosen, values)
    _name_suspects(con, account_id, staged)
    named = ", ".join("names.event_id" if name == "event_id" else f"s.{name}" for name in columns)
    plain = _rows(con, f"{target}{chosen} AND hash(event_id) NOT IN (FROM {SUSPECTS})", values)
    return plain + _rows(
        con,
        f"{target}SELECT $account, $told, $told, {named} FROM {staged} AS s "
        f"JOIN {NAMES} AS names USING (n)",
        values,
    )


def insert_profiles(
    con: duckdb.DuckDBPyConnection, table: Table, account_id: int, staged: str, told: datetime
) -> int:
    """Insert the newest staged version of each profile that differs from the newest stored one.

    A version whose *Updated On* equals the watermark may have been read before: it is left out
    when any stored version is the same.
    """
    columns = [column.name for column in landed_columns(table)]
    listed = ", ".join(columns)
    content = f"md5(to_json([{', '.join(f'{name}::VARCHAR' for name in columns)}])::VARCHAR)"
    return _rows(
        con,
        f"INSERT INTO {table.name} (account_id, {table.partitioned_by}, {LOADED_AT}, {listed}) "
        f"WITH fresh AS (SELECT *, {content} AS content FROM {staged} WHERE reason IS NULL "
        "QUALIFY row_number() OVER (PARTITION BY object_id "
        "ORDER BY version DESC NULLS LAST, content DESC, n) = 1), "
        f"stored AS (SELECT object_id, {content} AS content, row_number() OVER (PARTITION BY "
        f"object_id ORDER BY updated_at DESC, {LOADED_AT} DESC, rowid DESC) AS age FROM "
        f"{table.name} WHERE account_id = $account AND object_id IN (SELECT object_id FROM fresh)) "
        f"SELECT $account, $told, $told, {listed} FROM fresh WHERE NOT EXISTS ("
        "SELECT 1 FROM stored WHERE stored.object_id = fresh.object_id "
        "AND stored.content = fresh.content AND (stored.age = 1 OR fresh.tie))",
        {"account": account_id, "told": told},
    )


def _find_suspects(con: duckdb.DuckDBPyConnection, account_id: int, staged: str) -> bool:
    """Fill `publish_suspects` with hashes that more than one row may have; False when none is."""
    hashes = bytearray()
    ids = con.sql(f"SELECT hash(event_id) AS h FROM {staged} WHERE reason IS NULL")
    for batch in ids.to_arrow_reader(BATCH_ROWS):
        hashes += memoryview(batch.column("h").to_numpy()).cast("B")
    if not hashes:
        return False
    found = np.frombuffer(hashes, np.uint64)
    found.sort()
    repeated = np.unique(found[1:][found[1:] == found[:-1]])
    con.register("publish_repeated", pa.table({"h": pa.array(repeated)}))
    con.execute(f"CREATE OR REPLACE TEMP TABLE {SUSPECTS} AS SELECT h FROM publish_repeated")
    con.unregister("publish_repeated")
    con.execute(
        f"INSERT INTO {SUSPECTS} SELECT DISTINCT hash(event_id) AS h FROM events "
        "WHERE account_id = $account AND hash(event_id) IN "
        f"(SELECT hash(event_id) FROM {staged} WHERE reason IS NULL)",
        {"account": account_id},
    )
    return con.execute(f"FROM {SUSPECTS} LIMIT 1").fetchall() != []


def _name_suspects(con: duckdb.DuckDBPyConnection, account_id: int, staged: str) -> None:
    """Fill `publish_names` with the suspects that are new, each with the id that it gets."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {NAMES} AS WITH suspects AS ("
        "SELECT n, CASE WHEN hashed AND twin > 1 THEN event_id || '-' || twin ELSE event_id END "
        "AS event_id FROM (SELECT n, event_id, hashed, "
        "row_number() OVER (PARTITION BY event_id ORDER BY n) AS twin "
        f"FROM {staged} WHERE reason IS NULL AND hash(event_id) IN (FROM {SUSPECTS}))) "
        "SELECT n, event_id FROM suspects WHERE event_id NOT IN ("
        "SELECT event_id FROM events WHERE account_id = $account "
        "AND event_id IN (SELECT event_id FROM suspects)) "
        "QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY n) = 1",
        {"account": account_id},
    )


def _rows(con: duckdb.DuckDBPyConnection, sql: str, values: dict[str, object]) -> int:
    [(rows,)] = con.execute(sql, values).fetchall()
    return int(rows)
