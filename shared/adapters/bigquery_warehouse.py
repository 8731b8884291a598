"""The warehouse in BigQuery: read as of a moment, frozen by jobs, delivered slice by slice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.bigquery import ScalarQueryParameter

from shared.adapters.bigquery_compare import count_windows, row_changes, tables_may_be_gone
from shared.adapters.bigquery_freezer import Freezer
from shared.adapters.bigquery_jobs import Jobs
from shared.adapters.bigquery_names import Place
from shared.adapters.bigquery_query import Query
from shared.adapters.bigquery_read import SliceReader, read_client
from shared.adapters.bigquery_sample import take_names, take_sample
from shared.adapters.bigquery_schema import schema_from, schema_query
from shared.adapters.bigquery_sql import groups_query
from shared.config import BigQueryLimits
from shared.domain.recounts import WindowCount
from shared.domain.selection import Selection
from shared.domain.slices import GROUPS, Slicing
from shared.ports import (
    EventNames,
    Frozen,
    Inventory,
    RowChanges,
    Sample,
    SampleBounds,
    SchemaDetail,
    Snapshot,
    SnapshotGone,
)

_GROUPS = pa.schema([*list(GROUPS)[:2], ("rows", pa.int64()), ("bytes", pa.int64())])


class BigQueryWarehouse:
    """The warehouse port over two datasets: the data, and what is frozen for a few days."""

    def __init__(self, jobs: Jobs, reader: SliceReader, *, snapshot_ttl: timedelta) -> None:
        self._jobs = jobs
        self._place = jobs.place
        self._reader = reader
        self._freezer = Freezer(jobs, ttl=snapshot_ttl)

    def freeze(self, now: datetime) -> datetime:
        """BigQuery's own time; whatever is loaded after this call bears a later one."""
        [row] = self._jobs.ask("freeze", Query("SELECT CURRENT_TIMESTAMP() AS now_at"))
        moment: datetime = row["now_at"]
        return moment.astimezone(UTC)

    def has_event(self, account_id: int, event_name: str) -> bool:
        """Whether any event of this name was ever loaded."""
        sql = (
            f"SELECT event_name FROM {self._place.table('events')} "
            "WHERE account_id = @account_id AND event_name = @event_name LIMIT 1"
        )
        values = (
            ScalarQueryParameter("account_id", "INT64", account_id),
            ScalarQueryParameter("event_name", "STRING", event_name),
        )
        return bool(self._jobs.ask("look", Query(sql, values)))

    def event_names(self, account_id: int, prefix: str, bounds: SampleBounds) -> EventNames:
        """Names of loaded events; queries over the bounds are not run."""
        return take_names(self._jobs, account_id, prefix, bounds)

    def inventory(self, selection: Selection, detail: SchemaDetail) -> Inventory:
        """Count the selection by event name and local date."""
        queries = {"groups": groups_query(self._place, selection)}
        if detail is not SchemaDetail.NONE:
            queries["schema"] = schema_query(self._place, selection, detail)
        if not selection.delivered:
            [groups, *found], processed = self._jobs.answer(**queries)
        else:
            with tables_may_be_gone():
                [groups, *found], processed = self._jobs.answer(**queries)
        schema = schema_from(found[0]) if found else {}
        return Inventory(_named(groups), schema, processed)

    def sample(self, selection: Selection, bounds: SampleBounds) -> Sample:
        """A look at the selection as it is now; queries over the bounds are not run."""
        now = self.freeze(selection.as_of)
        sample = take_sample(self._jobs, replace(selection, as_of=now), bounds)
        if sample.groups is None:
            return sample
        return replace(sample, groups=_named(sample.groups))

    def submit_snapshot(self, snapshot_id: str, selection: Selection, slicing: Slicing) -> None:
        """Begin the next step that is missing and wait for none; call it until it is DONE."""
        self._freezer.submit(snapshot_id, selection, slicing)

    def snapshot(self, snapshot_id: str) -> Snapshot:
        """How far the snapshot is."""
        return self._freezer.state(snapshot_id)

    def read_slice(self, snapshot_id: str, slice_no: int) -> pa.Table:
        """The rows of one slice, with `file_no`; raises SnapshotGone."""
        tables = self._freezer.tables(snapshot_id)
        name = tables.rows(slice_no // tables.slices_per_table)
        columns = self._freezer.columns(name)
        if columns is None:
            raise SnapshotGone(snapshot_id)
        return self._reader.read(
            self._place.staged_path(name), slice_no, profiles="updated_at" in columns
        )

    def drop_snapshot(self, snapshot_id: str) -> None:
        """Remove the tables of a snapshot; does nothing when they are gone."""
        self._freezer.drop(snapshot_id)

    def retire_snapshot(self, snapshot_id: str) -> None:
        """Leave the tables alone: they tell what was delivered, and expire by themselves."""

    def count_windows(
        self, selection: Selection, edges: Sequence[datetime]
    ) -> tuple[list[WindowCount], int]:
        """The rows between each edge and the next, as they are now."""
        spanned = replace(selection, start_at=edges[0], end_at=edges[-1])
        now = self.freeze(selection.as_of)
        return count_windows(self._jobs, replace(spanned, as_of=now), edges)

    def row_changes(self, before: Sequence[Frozen], after: Frozen) -> RowChanges:
        """Which rows differ between the tables of the snapshots."""
        return row_changes(self._jobs, before, after)


def _named(groups: pa.Table) -> pa.Table:
    """The groups under the names and with the types of an inventory."""
    return groups.rename_columns(_GROUPS.names).cast(_GROUPS)


def connect(place: Place, limits: BigQueryLimits, *, rest_url: str = "") -> Jobs:
    """Jobs in BigQuery, or in an emulator at `rest_url` that asks for no credentials."""
    if not rest_url:
        client = bigquery.Client(project=place.project, location=place.location)
    else:
        client = bigquery.Client(
            project=place.project,
            location=place.location,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": rest_url},
        )
    return Jobs(client, place, limits)


def open_warehouse(
    place: Place,
    limits: BigQueryLimits,
    *,
    snapshot_ttl: timedelta,
    rest_url: str = "",
    read_host: str = "",
) -> BigQueryWarehouse:
    """The warehouse at a place; the addresses are those of an emulator, both or neither."""
    reader = SliceReader(read_client(read_host), place.project, limits)
    return BigQueryWarehouse(
        connect(place, limits, rest_url=rest_url), reader, snapshot_ttl=snapshot_ttl
    )
