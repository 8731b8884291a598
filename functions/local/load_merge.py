"""Moves the staged rows into the warehouse, leaving out what is there already."""

from datetime import datetime

import duckdb

from functions.local.load_staging import FILE_BITS, STAGED
from shared.loading.request import ACCOUNT, Request
from shared.loading.rows import content_hash
from shared.schema import LOADED_AT

SKIPPED = "load_skipped"


def tell_twins_apart(con: duckdb.DuckDBPyConnection) -> None:
    """Give identical rows of one file ids of their own.

    Rows without an id got a hash of their content; identical ones of the same file are told apart
    by their ordinal, so that genuine twins stay, and loading the file again finds them all.
    """
    con.execute(
        f"UPDATE {STAGED} SET event_id = event_id || '-' || twins.ordinal FROM ("
        f"SELECT n, row_number() OVER (PARTITION BY n >> {FILE_BITS}, event_id ORDER BY n) "
        f"AS ordinal FROM {STAGED} WHERE reason IS NULL AND hashed AND event_id IN ("
        f"SELECT event_id FROM {STAGED} WHERE reason IS NULL AND hashed "
        f"GROUP BY n >> {FILE_BITS}, event_id HAVING count(*) > 1)) AS twins "
        f"WHERE {STAGED}.n = twins.n AND twins.ordinal > 1"
    )


def mark_known_events(con: duckdb.DuckDBPyConnection, account_id: int) -> None:
    """Fill `load_skipped` with rows whose event is in the warehouse, or earlier in the files."""
    tell_twins_apart(con)
    good = f"SELECT event_id FROM {STAGED} WHERE reason IS NULL"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {SKIPPED} AS "
        f"SELECT n FROM {STAGED} WHERE reason IS NULL AND event_id IN ("
        f"SELECT event_id FROM events WHERE account_id = $account AND event_id IN ({good})) "
        "UNION "
        "SELECT n FROM (SELECT n, row_number() OVER (PARTITION BY event_id ORDER BY n) AS nth "
        f"FROM {STAGED} WHERE reason IS NULL AND event_id IN ("
        f"{good} GROUP BY event_id HAVING count(*) > 1)) WHERE nth > 1",
        {"account": account_id},
    )


def mark_known_profiles(con: duckdb.DuckDBPyConnection, request: Request, told: datetime) -> None:
    """Fill `load_skipped` with the versions that change nothing.

    A version changes nothing when it equals the one before it in time, stored or in the files, or
    when a later row of the files has the same time. Rows without a time are of `told`.
    """
    content = content_hash(request, without=frozenset({request.arrival}))
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {SKIPPED} AS WITH fresh AS ("
        f"SELECT n, object_id, coalesce(updated_at, $told) AS moment, {content} AS content, "
        "row_number() OVER (PARTITION BY object_id, coalesce(updated_at, $told) ORDER BY n DESC) "
        f"AS from_last FROM {STAGED} WHERE reason IS NULL), "
        f"stored AS (SELECT object_id, updated_at AS moment, {content} AS content, loaded_at, "
        "rowid FROM profiles WHERE account_id = $account "
        "AND object_id IN (SELECT object_id FROM fresh)), "
        "chain AS (SELECT n, object_id, content, lag(content) OVER ("
        "PARTITION BY object_id ORDER BY moment, loaded_at NULLS LAST, ordinal) AS previous FROM ("
        "SELECT NULL AS n, object_id, moment, content, loaded_at, rowid AS ordinal FROM stored "
        "UNION ALL SELECT n, object_id, moment, content, NULL, n FROM fresh WHERE from_last = 1)) "
        "SELECT n FROM fresh WHERE from_last > 1 "
        "UNION SELECT n FROM chain WHERE n IS NOT NULL AND content = previous "
        "UNION SELECT n FROM fresh SEMI JOIN stored USING (object_id, moment, content)",
        {"account": request.account_id, "told": told},
    )


def insert(con: duckdb.DuckDBPyConnection, request: Request, told: datetime) -> int:
    """Put every good row that is not skipped into its table, loaded at `told`; says how many."""
    arrival = request.arrival
    columns = [column.name for column in request.columns]
    values = [f"coalesce({name}, $told)" if name == arrival else name for name in columns]
    [(rows,)] = con.execute(
        f"INSERT INTO {request.table.name} ({ACCOUNT}, {', '.join(columns)}, {LOADED_AT}) "
        f"SELECT $account, {', '.join(values)}, $told FROM {STAGED} "
        f"ANTI JOIN {SKIPPED} USING (n) WHERE reason IS NULL",
        {"account": request.account_id, "told": told},
    ).fetchall()
    return int(rows)
