"""A look into a DuckDB warehouse: rows, counts, names of events, given up after a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Timer
from time import monotonic

import duckdb
import pyarrow as pa

from shared.adapters.duckdb_sql import groups_sql, identity_sql, now_of, selected
from shared.adapters.row_columns import EVENT_COLUMNS, PROFILE_COLUMNS
from shared.domain.selection import Selection
from shared.ports import EventNames, Sample, SampleBounds


def take_sample(
    con: duckdb.DuckDBPyConnection, selection: Selection, bounds: SampleBounds
) -> Sample:
    """The earliest rows and the counts of all; either is missing when it took too long."""
    selected(con, replace(selection, as_of=now_of(con, selection.as_of)))
    rows, groups = pa.table({}), None
    give_up_at = monotonic() + bounds.seconds
    try:
        with _interrupted_after(con, bounds.seconds):
            rows = con.sql(_rows_sql(selection, bounds.rows)).to_arrow_table()
            # An interruption between two statements stops neither.
            if monotonic() < give_up_at:
                groups = con.sql(groups_sql(selection)).to_arrow_table()
    except duckdb.InterruptException:
        pass
    return Sample(rows, groups)


def take_names(
    con: duckdb.DuckDBPyConnection, account_id: int, prefix: str, bounds: SampleBounds
) -> EventNames:
    """The first names of events with this beginning; none when looking took too long."""
    sql = (
        "SELECT DISTINCT event_name FROM events WHERE account_id = ? "
        f"AND starts_with(event_name, ?) ORDER BY event_name LIMIT {int(bounds.rows) + 1}"
    )
    try:
        with _interrupted_after(con, bounds.seconds):
            names = [row[0] for row in con.execute(sql, [account_id, prefix]).fetchall()]
    except duckdb.InterruptException:
        return EventNames((), complete=False)
    return EventNames(tuple(names[: bounds.rows]), complete=len(names) <= bounds.rows)


def _rows_sql(selection: Selection, count: int) -> str:
    columns = PROFILE_COLUMNS if selection.profiles else (*EVENT_COLUMNS, "event_name")
    listed = ", ".join(f"s.{column}" for column in columns)
    order = "object_id" if selection.profiles else "ts, event_id"
    return (
        f"SELECT {listed}, {identity_sql(selection)} AS identity FROM selected s "
        f"ORDER BY {order} LIMIT {int(count)}"
    )


@contextmanager
def _interrupted_after(con: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    timer = Timer(seconds, con.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        # Else it might still fire, at a connection that is closed.
        timer.join()
