"""The SQL of a selection in DuckDB: which rows, as which columns, in which group."""

from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from shared.adapters.row_columns import FRAME_BYTES, MEASURED_EVENT, MEASURED_PROFILE
from shared.domain.selection import Selection

EPOCH = datetime.fromtimestamp(0, UTC)


def selected(con: duckdb.DuckDBPyConnection, selection: Selection) -> None:
    """Make the temporary view `selected`: the rows of the selection, with `event_date`.

    Views take no parameters, so the values go through variables of the session.
    """
    values: dict[str, Any] = {
        "account_id": selection.account_id,
        "start_at": selection.start_at,
        "end_at": selection.end_at,
        "as_of": selection.as_of,
        "event_names": list(selection.event_names),
        "zone": selection.time_zone,
    }
    for name, value in values.items():
        con.execute(f"SET VARIABLE {name} = ?", [value])
    _note_delivered(con, selection)
    con.execute(_profiles_view(selection) if selection.profiles else _events_view(selection))


def identity_sql(selection: Selection) -> str:
    """The first identifier of the priority that is neither missing nor empty."""
    chosen = ", ".join(f"nullif({column}, '')" for column in selection.identity_columns)
    return f"coalesce({chosen}, NULL)"


def once(selection: Selection) -> str:
    """The end of a query over `selected s` that keeps each id once, in its first arrived row."""
    if selection.profiles:
        return ""
    return (
        "QUALIFY row_number() OVER (PARTITION BY s.event_id ORDER BY s.ingested_at, s.row_no) = 1"
    )


def now_of(con: duckdb.DuckDBPyConnection, now: datetime) -> datetime:
    """As of when everything is visible that is loaded; the file's clock is left as it is."""
    [row] = con.execute("SELECT epoch_us(max(now_at)) FROM warehouse_clock").fetchall()
    return now if row[0] is None else max(now, EPOCH + timedelta(microseconds=row[0]))


def groups_sql(selection: Selection) -> str:
    """Rows and estimated bytes in a file, by event name and local date."""
    measured = MEASURED_PROFILE if selection.profiles else MEASURED_EVENT
    size = " + ".join(f"coalesce(strlen({column}), 0)" for column in measured)
    key = "''" if selection.profiles else "event_name"
    day = "NULL::DATE" if selection.profiles else "event_date"
    return (
        f"SELECT {key} AS event_name, {day} AS event_date, count(*) AS rows, "
        f"(sum({size}) + {FRAME_BYTES} * count(*))::BIGINT AS bytes "
        "FROM selected GROUP BY 1, 2 ORDER BY 1, 2"
    )


def _events_view(selection: Selection) -> str:
    column = selection.time_column
    names = "AND list_contains(getvariable('event_names'), event_name)"
    return (
        "CREATE OR REPLACE TEMP VIEW selected AS "
        f"SELECT *, rowid AS row_no, {_local_date(selection.time_zone)} AS event_date "
        "FROM events WHERE account_id = getvariable('account_id') "
        f"AND {column} >= getvariable('start_at') AND {column} < getvariable('end_at') "
        "AND loaded_at <= getvariable('as_of') "
        f"{names if selection.event_names else ''}"
        f"{_missed(names if selection.event_names else '') if selection.delivered else ''}"
    )


def _missed(names: str) -> str:
    # Whatever is loaded after a freeze bears a later `loaded_at`, so the file itself knows the
    # rows of each delivery, and nothing about them has to be kept.
    return (
        " AND event_id NOT IN (SELECT d.event_id FROM "
        f"(FROM events WHERE account_id = getvariable('account_id') {names}) d "
        "JOIN delivered_windows w ON d.ingested_at >= w.start_at AND d.ingested_at < w.end_at "
        "AND d.loaded_at <= w.freeze_at)"
    )


def _note_delivered(con: duckdb.DuckDBPyConnection, selection: Selection) -> None:
    """Make the table of what the selection leaves out, if it leaves out anything."""
    if not selection.delivered:
        return
    con.execute(
        "CREATE OR REPLACE TEMP TABLE delivered_windows "
        "(start_at TIMESTAMPTZ, end_at TIMESTAMPTZ, freeze_at TIMESTAMPTZ)"
    )
    con.executemany(
        "INSERT INTO delivered_windows VALUES (?, ?, ?)",
        [[each.window.start_at, each.window.end_at, each.freeze_at]
         for each in selection.delivered],
    )  # fmt: skip


def _local_date(time_zone: str) -> str:
    local = "(ts AT TIME ZONE getvariable('zone'))::DATE"
    # Most accounts keep UTC, where plain arithmetic does in a tenth of the time what the calendar
    # of time zones does; only infinite times have no microseconds.
    return f"coalesce(make_timestamp(epoch_us(ts))::DATE, {local})" if time_zone == "UTC" else local


def _profiles_view(selection: Selection) -> str:
    since = "" if selection.full_base else "AND updated_at >= getvariable('start_at') "
    alive = "WHERE NOT coalesce(deleted, false)" if selection.full_base else ""
    return (
        "CREATE OR REPLACE TEMP VIEW selected AS SELECT * FROM ("
        "SELECT *, rowid AS row_no FROM profiles "
        "WHERE account_id = getvariable('account_id') AND updated_at < getvariable('end_at') "
        f"{since}AND loaded_at <= getvariable('as_of') "
        "QUALIFY row_number() OVER (PARTITION BY object_id "
        f"ORDER BY updated_at DESC, loaded_at DESC, rowid DESC) = 1) {alive}"
    )
