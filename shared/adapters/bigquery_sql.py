"""The SQL of a selection in BigQuery: which rows, in which group, of which kinds of values.

Values travel as query parameters. Two things cannot: identifiers, which `bigquery_names` checks,
and the moment as of which a table is read. BigQuery takes a parameter there and other servers do
not, so it is a literal that is written here, from a `datetime` and nothing else.
"""

from datetime import UTC, datetime

from google.cloud.bigquery import ArrayQueryParameter, ScalarQueryParameter

from shared.adapters.bigquery_names import Place
from shared.adapters.bigquery_query import Parameter, Query
from shared.adapters.row_columns import FRAME_BYTES, MEASURED_EVENT, MEASURED_PROFILE
from shared.domain.choices import Identifier
from shared.domain.selection import Selection
from shared.errors import OurFault

_JSON_MEASURED = {
    "event_props", "session_props", "device", "props", "comm_prefs", "subscription_groups",
}  # fmt: skip
_TIME_COLUMNS = {"ingested_at", "ts", "updated_at"}
_IDENTITY_COLUMNS = {each.value for each in Identifier}
_EMPTY = "''"


def selected(place: Place, selection: Selection) -> str:
    """`selected AS (...)` for a WITH clause: the rows of the selection, with `event_date`."""
    if selection.profiles:
        return _profiles(place, selection)
    if not selection.delivered:
        return _events(place, selection)
    return f"{_delivered(place, selection)}, {_events(place, selection)}"


def parameters(selection: Selection) -> tuple[Parameter, ...]:
    """The values that `selected` names."""
    values: list[Parameter] = [
        ScalarQueryParameter("account_id", "INT64", selection.account_id),
        ScalarQueryParameter("end_at", "TIMESTAMP", selection.end_at),
    ]
    if selection.start_at is not None:
        values.append(ScalarQueryParameter("start_at", "TIMESTAMP", selection.start_at))
    if not selection.profiles:
        values.append(ScalarQueryParameter("zone", "STRING", selection.time_zone))
    if selection.event_names:
        names = list(selection.event_names)
        values.append(ArrayQueryParameter("event_names", "STRING", names))
    return tuple(values)


def groups_query(place: Place, selection: Selection) -> Query:
    """Rows and estimated bytes in a file, by event name and local date."""
    measured = MEASURED_PROFILE if selection.profiles else MEASURED_EVENT
    size = " + ".join(f"IFNULL(BYTE_LENGTH({_text(column)}), 0)" for column in measured)
    counts = f"COUNT(*) AS row_count, SUM({size}) + {FRAME_BYTES} * COUNT(*) AS byte_count"
    # All profiles are one group, and BigQuery groups by no constants.
    statement = (
        f"SELECT '' AS event_name, CAST(NULL AS DATE) AS event_date, {counts} FROM selected "
        "HAVING COUNT(*) > 0"
        if selection.profiles
        else f"SELECT event_name, event_date, {counts} FROM selected GROUP BY 1, 2 ORDER BY 1, 2"
    )
    return Query(f"WITH {selected(place, selection)} {statement}", parameters(selection))


def identity_sql(selection: Selection) -> str:
    """The first identifier of the priority that is neither missing nor empty."""
    names = selection.identity_columns
    if not set(names) <= _IDENTITY_COLUMNS:
        raise OurFault("Identities are not taken from this column.", reason="bad-selection")
    return f"COALESCE({', '.join(f'NULLIF(s.{name}, {_EMPTY})' for name in names)}, NULL)"


def as_of(moment: datetime) -> str:
    """The clause that reads a table as it was at a moment."""
    at = moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return f"FOR SYSTEM_TIME AS OF TIMESTAMP '{at}+00:00'"


def _events(place: Place, selection: Selection) -> str:
    column = selection.time_column
    if column not in _TIME_COLUMNS:
        raise OurFault("Rows are not selected by this column.", reason="bad-selection")
    names = " AND event_name IN UNNEST(@event_names)" if selection.event_names else ""
    missed = " AND event_id NOT IN (SELECT id FROM delivered)" if selection.delivered else ""
    return (
        "selected AS (SELECT *, DATE(ts, @zone) AS event_date "
        f"FROM {place.table('events')} {as_of(selection.as_of)} "
        f"WHERE account_id = @account_id AND {column} >= @start_at AND {column} < @end_at"
        f"{names}{missed})"
    )


def _delivered(place: Place, selection: Selection) -> str:
    """`delivered AS (...)`: the ids of the rows that the selection leaves out.

    From the tables of the snapshots, since one statement reads a table as of one moment only.
    """
    tables = (place.frozen(each.snapshot_id, each.slice_count) for each in selection.delivered)
    pieces = (
        f"SELECT event_id AS id FROM {table} WHERE slice_no IS NOT NULL AND event_id IS NOT NULL"
        for table in tables
    )
    return f"delivered AS ({' UNION ALL '.join(pieces)})"


def _profiles(place: Place, selection: Selection) -> str:
    since = "" if selection.full_base else " AND updated_at >= @start_at"
    alive = " WHERE NOT IFNULL(deleted, FALSE)" if selection.full_base else ""
    # Versions of one moment are put in an order that is the same in every query.
    return (
        "selected AS (SELECT * FROM (SELECT * "
        f"FROM {place.table('profiles')} {as_of(selection.as_of)} "
        f"WHERE account_id = @account_id AND updated_at < @end_at{since} "
        "QUALIFY ROW_NUMBER() OVER (PARTITION BY object_id ORDER BY updated_at DESC, "
        f"IFNULL(deleted, FALSE) DESC, TO_JSON_STRING(props)) = 1){alive})"
    )


def _text(column: str) -> str:
    return f"TO_JSON_STRING({column})" if column in _JSON_MEASURED else column
