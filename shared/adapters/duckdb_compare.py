"""Counts windows of a DuckDB warehouse again, and compares what two deliveries of one held."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import duckdb

from shared.adapters.duckdb_snapshot import CHECKSUM_MASK, FILES_STRIDE, place_sql
from shared.adapters.duckdb_sql import identity_sql, now_of, once, selected
from shared.adapters.row_columns import EVENT_COLUMNS, PROFILE_COLUMNS
from shared.domain.recounts import WindowCount
from shared.domain.selection import Selection
from shared.ports import Frozen, RowChanges


def count_windows(
    con: duckdb.DuckDBPyConnection, selection: Selection, edges: Sequence[datetime]
) -> list[WindowCount]:
    """The rows between each edge and the next, and their ids in one number."""
    spanned = replace(selection, start_at=edges[0], end_at=edges[-1])
    selected(con, replace(spanned, as_of=now_of(con, selection.as_of)))
    con.execute("CREATE OR REPLACE TEMP TABLE edges (n BIGINT, start_at TIMESTAMPTZ)")
    con.executemany("INSERT INTO edges VALUES (?, ?)", [list(e) for e in enumerate(edges[:-1])])
    rows = con.execute(
        "SELECT e.n, count(*), bit_xor(hash(s.event_id)) FROM selected s "
        f"ASOF JOIN edges e ON s.{selection.time_column} >= e.start_at GROUP BY 1"
    ).fetchall()
    found = {n: WindowCount(count, ids & CHECKSUM_MASK) for n, count, ids in rows}
    return [found.get(n, WindowCount(0, 0)) for n in range(len(edges) - 1)]


def row_changes(
    con: duckdb.DuckDBPyConnection, before: Sequence[Frozen], after: Frozen
) -> RowChanges:
    """Every row whose id or content stands on one side only, counted by its place."""
    for number, frozen in enumerate((*before, after)):
        _keep_delivery(con, frozen, number)
    old = " UNION ALL ".join(
        f"SELECT *, {number} AS delivery FROM delivery_{number}" for number in range(len(before))
    )
    changes = con.sql(
        "SELECT kind, delivery, place // $stride AS slice_no, place % $stride AS file_no, "
        "count(*)::BIGINT AS rows FROM (SELECT "
        "CASE WHEN b.id IS NULL THEN 'added' WHEN a.id IS NULL THEN 'missing' ELSE 'changed' "
        "END AS kind, CASE WHEN a.id IS NULL THEN b.delivery ELSE -1 END::BIGINT AS delivery, "
        "coalesce(a.place, b.place) AS place "
        f"FROM ({old}) b FULL OUTER JOIN delivery_{len(before)} a ON a.id = b.id "
        "WHERE a.id IS NULL OR b.id IS NULL OR a.content <> b.content) "
        "GROUP BY ALL ORDER BY ALL",
        params={"stride": FILES_STRIDE},
    ).to_arrow_table()
    [(rows_before,)] = con.execute(f"SELECT count(*) FROM ({old})").fetchall()
    return RowChanges(changes, int(rows_before))


def _keep_delivery(con: duckdb.DuckDBPyConnection, frozen: Frozen, number: int) -> None:
    """Make a table of the delivery's rows: id, place, and a hash of all columns of its files.

    Two contents with one hash of 64 bits would hide a change in a report, and no row.
    """
    selection = frozen.selection
    con.register("slicing_groups", frozen.slicing.groups)
    selected(con, selection)
    key = "object_id" if selection.profiles else "event_id"
    columns = PROFILE_COLUMNS if selection.profiles else EVENT_COLUMNS
    content = ", ".join(f"s.{column}" for column in columns)
    place, placed = place_sql(selection)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE delivery_{number} AS SELECT s.{key} AS id, "
        f"{place} AS place, hash({content}, {identity_sql(selection)}) AS content "
        f"FROM {placed} {once(selection)}"
    )
    con.unregister("slicing_groups")
