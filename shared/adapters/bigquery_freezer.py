"""Freezes windows in BigQuery: takes the next step that is missing, and tells how far it is."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from google.api_core.exceptions import NotFound
from google.cloud import bigquery

from shared.adapters.bigquery_errors import faults
from shared.adapters.bigquery_jobs import Jobs
from shared.adapters.bigquery_query import Job
from shared.adapters.bigquery_snapshot import GROUPS_SCHEMA, Freezing, Tables, groups_table
from shared.domain.selection import Selection
from shared.domain.slices import Slicing
from shared.ports import Snapshot, SnapshotStatus


class Freezer:
    """Keeps nothing in memory: what is there to do follows from the jobs and tables that exist."""

    def __init__(self, jobs: Jobs, *, ttl: timedelta) -> None:
        self._jobs = jobs
        self._place = jobs.place
        self._ttl = ttl

    def submit(self, snapshot_id: str, selection: Selection, slicing: Slicing) -> None:
        """Begin the next step and wait for none; called again and again until all are done."""
        freezing = Freezing(self._place, self.tables(snapshot_id), selection, slicing, self._ttl)
        tables = freezing.tables
        if self._exists(tables.counts):
            return
        one = freezing.table_count == 1
        made = [self._advance(freezing, "rows", tables.rows(0) if one else tables.whole)]
        if _are_done(made) and not one:
            made = [
                self._advance(freezing, f"part{number}", tables.rows(number))
                for number in range(freezing.table_count)
            ]
        if _are_done(made):
            self._advance(freezing, "counts", tables.counts)

    def state(self, snapshot_id: str) -> Snapshot:
        """How far the snapshot is; its counts once all its tables stand."""
        tables = self.tables(snapshot_id)
        counts = self._counts(tables)
        if counts is not None:
            return Snapshot(
                SnapshotStatus.DONE,
                rows=int(counts["row_count"]),
                rows_duplicate=int(counts["duplicate_count"]),
                rows_late=int(counts["late_count"]),
                rows_unplaced=int(counts["unplaced_count"]),
                ids_checksum=int(counts["ids_checksum"]),
                bytes_processed=self._processed(tables, int(counts["table_count"])),
            )
        steps = [self._jobs.newest(tables.step(name)) for name in ("rows", "part0", "counts")]
        started = [step for step in steps if step.job is not None]
        if not started:
            return Snapshot(SnapshotStatus.GONE)
        if any(step.fault is not None for step in started):
            fault = next(step.fault for step in started if step.fault is not None)
            return Snapshot(SnapshotStatus.FAILED, detail=fault.message)
        job = steps[-1].job
        if job is not None and job.state == "DONE":
            return Snapshot(SnapshotStatus.GONE)
        return Snapshot(SnapshotStatus.RUNNING)

    def drop(self, snapshot_id: str) -> None:
        """Remove the tables; what is not found, or made at this moment, expires by itself."""
        tables = self.tables(snapshot_id)
        counts = self._counts(tables)
        number = 1 if counts is None else int(counts["table_count"])
        # First what says that the others are there.
        names = [tables.counts, tables.groups, tables.whole, *map(tables.rows, range(number))]
        for name in names:
            with faults("remove a table of a snapshot"):
                self._jobs.client.delete_table(
                    self._place.staged_id(name), not_found_ok=True, **self._jobs.options
                )

    def tables(self, snapshot_id: str) -> Tables:
        """The names of a snapshot's tables."""
        return Tables(snapshot_id, self._jobs.limits.slices_per_table)

    def columns(self, table: str) -> list[str] | None:
        """The columns of a staging table; None when there is no such table."""
        found = self._table(table)
        return None if found is None else [field.name for field in found.schema]

    def _advance(self, freezing: Freezing, name: str, table: str) -> Job:
        """The job of a step; it is of use as long as the table that it made is there."""

        def start(job_id: str) -> Job:
            if name == "rows":
                self._hand_over_groups(freezing)
                return self._jobs.start(job_id, freezing.rows_query())
            if name == "counts":
                return self._jobs.start(job_id, freezing.counts_query())
            return self._jobs.start(job_id, freezing.part_query(int(name.removeprefix("part"))))

        step = freezing.tables.step(name)
        return self._jobs.advance(step, start, usable=lambda _: self._exists(table))

    def _hand_over_groups(self, freezing: Freezing) -> None:
        """Load the groups; the same ones again do no harm, since a load replaces all at once."""
        tables = freezing.tables
        config = bigquery.LoadJobConfig(
            source_format=bigquery.SourceFormat.PARQUET,
            write_disposition=bigquery.WriteDisposition.WRITE_TRUNCATE,
            schema=GROUPS_SCHEMA,
            labels=freezing.labels,
        )

        def load(job_id: str) -> Job:
            # Made first, with its end: a load cannot give it one.
            with faults("make a table in the staging dataset"):
                self._jobs.client.create_table(
                    groups_table(self._place, tables, self._ttl),
                    exists_ok=True,
                    **self._jobs.options,
                )
            content = freezing.groups_file()
            return self._jobs.load(job_id, content, self._place.staged_id(tables.groups), config)

        def is_whole(_: Job) -> bool:
            table = self._table(tables.groups)
            return table is not None and table.num_rows == freezing.slicing.groups.num_rows

        self._jobs.advance(tables.step("groups"), load, usable=is_whole)

    def _exists(self, table: str) -> bool:
        return self.columns(table) is not None

    def _table(self, table: str) -> bigquery.Table | None:
        with faults("look at a table of a snapshot"):
            try:
                return self._jobs.client.get_table(
                    self._place.staged_id(table), **self._jobs.options
                )
            except NotFound:
                return None

    def _counts(self, tables: Tables) -> Any:
        """The one row of the counts; None when there is no such table."""
        table = self._table(tables.counts)
        if table is None:
            return None
        with faults("read the counts of a snapshot"):
            return next(iter(self._jobs.client.list_rows(table, **self._jobs.options)), None)

    def _processed(self, tables: Tables, table_count: int) -> int:
        parts = [f"part{number}" for number in range(table_count)] if table_count > 1 else []
        jobs = [self._jobs.newest(tables.step(name)).job for name in ("rows", *parts, "counts")]
        return sum(int(job.total_bytes_processed or 0) for job in jobs if job is not None)


def _are_done(jobs: Sequence[Job]) -> bool:
    return all(job.state == "DONE" and not job.error_result for job in jobs)
