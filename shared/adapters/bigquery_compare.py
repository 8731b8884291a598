"""Counts windows in BigQuery again, and compares the tables of two deliveries of one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from google.cloud.bigquery import ArrayQueryParameter

from shared.adapters.bigquery_errors import NOT_FOUND
from shared.adapters.bigquery_jobs import Jobs
from shared.adapters.bigquery_names import Place
from shared.adapters.bigquery_query import Query
from shared.adapters.bigquery_sql import parameters, selected
from shared.adapters.row_columns import EVENT_COLUMNS, PROFILE_COLUMNS
from shared.domain.recounts import WindowCount
from shared.domain.selection import Selection
from shared.errors import SluiceError
from shared.ports import Frozen, RowChanges, SnapshotGone

CHANGES = ("kind", "delivery", "slice_no", "file_no", "rows")


def count_windows(
    jobs: Jobs, selection: Selection, edges: Sequence[datetime]
) -> tuple[list[WindowCount], int]:
    """The rows between each edge and the next as of the selection's moment, and bytes read."""
    with tables_may_be_gone():
        [table], processed = jobs.answer(recount=_count_query(jobs.place, selection, edges))
    found = {
        row["window_no"]: WindowCount(row["row_count"], row["ids_checksum"])
        for row in table.to_pylist()
    }
    # Before the first edge the number is 0.
    counts = [found.get(n, WindowCount(0, 0)) for n in range(1, len(edges))]
    return counts, processed


def row_changes(jobs: Jobs, before: Sequence[Frozen], after: Frozen) -> RowChanges:
    """Every row whose id or content stands on one side only, counted by its place."""
    with tables_may_be_gone():
        [changes, total], processed = jobs.answer(
            changes=_changes_query(jobs.place, before, after),
            before=Query(f"SELECT COUNT(*) AS total FROM ({_deliveries(jobs.place, before)})"),
        )
    return RowChanges(
        changes.rename_columns(list(CHANGES)), int(total["total"][0].as_py()), processed
    )


@contextmanager
def tables_may_be_gone() -> Iterator[None]:
    """Raise SnapshotGone where a query names tables of snapshots that have expired."""
    try:
        yield
    except SluiceError as error:
        if error.reason == NOT_FOUND:
            raise SnapshotGone("A table of a snapshot has expired.") from error
        raise


def _count_query(place: Place, selection: Selection, edges: Sequence[datetime]) -> Query:
    sql = (
        f"WITH {selected(place, selection)} "
        "SELECT window_no, COUNT(*) AS row_count, "
        "BIT_XOR(FARM_FINGERPRINT(event_id)) AS ids_checksum "
        "FROM (SELECT event_id, RANGE_BUCKET(ingested_at, @edges) AS window_no FROM selected) "
        "GROUP BY window_no"
    )
    values = ArrayQueryParameter("edges", "TIMESTAMP", list(edges))
    return Query(sql, (*parameters(selection), values))


def _changes_query(place: Place, before: Sequence[Frozen], after: Frozen) -> Query:
    sql = (
        f"WITH before AS ({_deliveries(place, before)}), "
        f"after AS ({_deliveries(place, [after])}) "
        "SELECT kind, delivery, slice_no, file_no, COUNT(*) AS row_count FROM (SELECT "
        "CASE WHEN b.id IS NULL THEN 'added' WHEN a.id IS NULL THEN 'missing' ELSE 'changed' "
        "END AS kind, IF(a.id IS NULL, b.delivery, -1) AS delivery, "
        "IF(a.id IS NULL, b.slice_no, a.slice_no) AS slice_no, "
        "IF(a.id IS NULL, b.file_no, a.file_no) AS file_no "
        "FROM before AS b FULL OUTER JOIN after AS a ON a.id = b.id "
        "WHERE a.id IS NULL OR b.id IS NULL OR a.content != b.content) "
        "GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
    )
    return Query(sql)


def _deliveries(place: Place, deliveries: Sequence[Frozen]) -> str:
    """Id, content and place of all rows; the content is a hash of what makes a row of a file."""
    pieces = []
    for number, each in enumerate(deliveries):
        profiles = each.selection.profiles
        columns = (*(PROFILE_COLUMNS if profiles else EVENT_COLUMNS), "identity")
        content = ", ".join(f"IFNULL(TO_JSON_STRING({column}), '')" for column in columns)
        table = place.frozen(each.snapshot_id, each.slicing.slice_count)
        pieces.append(
            f"SELECT {number} AS delivery, slice_no, file_no, "
            f"{'object_id' if profiles else 'event_id'} AS id, "
            f"FARM_FINGERPRINT(CONCAT({content})) AS content "
            f"FROM {table} WHERE slice_no IS NOT NULL"
        )
    return " UNION ALL ".join(pieces)
