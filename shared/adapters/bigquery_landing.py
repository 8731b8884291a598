"""Brings rows of imports into BigQuery: load jobs into a staging table, then one statement."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from google.api_core.exceptions import NotFound
from google.cloud import bigquery
from google.cloud.bigquery import ScalarQueryParameter

from shared.adapters.bigquery_errors import faults
from shared.adapters.bigquery_jobs import Jobs
from shared.adapters.bigquery_publish import publish_events, publish_profiles
from shared.adapters.bigquery_query import Job, Query
from shared.errors import Transient
from shared.import_ports import Published, StagingGone
from shared.loading.staged import MARKS, Publish, landed_columns
from shared.schema import Table


class BigQueryLanding:
    """The landing port over the warehouse's dataset and the one for tables that expire."""

    json_as_text = True

    def __init__(self, jobs: Jobs, *, ttl: timedelta) -> None:
        self._jobs = jobs
        self._ttl = ttl

    def begin(self, staging_id: str, table: Table) -> None:
        """An empty table that expires."""
        self.drop(staging_id)
        empty = bigquery.Table(self._staged_id(staging_id), schema=_fields(table))
        empty.expires = datetime.now(UTC) + self._ttl
        with faults("make a table in the staging dataset"):
            self._jobs.client.create_table(empty, exists_ok=True, **self._jobs.options)

    def add(self, staging_id: str, piece_no: int, rows: Path) -> None:
        """One load job under an id of its own, so that a lost answer adds nothing twice."""
        options = bigquery.ParquetOptions()
        options.enable_list_inference = True
        config = bigquery.LoadJobConfig(
            source_format=bigquery.SourceFormat.PARQUET,
            write_disposition=bigquery.WriteDisposition.WRITE_APPEND,
            parquet_options=options,
        )
        job_id = f"sluice-land-{staging_id}-{piece_no}"
        with rows.open("rb") as content:
            self._jobs.load(job_id, content, self._staged_id(staging_id), config)
        rows.unlink()

    def publish(self, publish: Publish) -> Published:
        """One statement under an id of ours: whoever comes again finds it."""
        job = self._jobs.advance(_step(publish), partial(self._start, publish))
        made = self._jobs.wait(job)
        if made.statement_type == "SELECT":
            # Somebody cancelled it, and could not say so any more.
            raise StagingGone(publish.staging_id)
        return _published(made)

    def cancel(self, publish: Publish) -> Published | None:
        """Take the id away with a statement that does nothing, unless it was made or is made."""
        found = self._jobs.newest(_step(publish))
        if found.job is not None and found.fault is None:
            if found.job.state != "DONE":
                raise Transient("The publish is being made.", reason="warehouse-busy")
            return _published(found.job) if _is_publish(found.job) else None
        nothing = Query("SELECT CURRENT_TIMESTAMP() AS now_at")
        job = self._jobs.run(f"{_step(publish)}-{found.next_number}", nothing)
        return _published(job) if _is_publish(job) else None

    def drop(self, staging_id: str) -> None:
        """Remove the table."""
        with faults("remove a table of an import"):
            self._jobs.client.delete_table(
                self._staged_id(staging_id), not_found_ok=True, **self._jobs.options
            )

    def _start(self, publish: Publish, job_id: str) -> Job:
        with faults("look for the staged rows"):
            try:
                self._jobs.client.get_table(
                    self._staged_id(publish.staging_id), **self._jobs.options
                )
            except NotFound as error:
                raise StagingGone(publish.staging_id) from error
        place = self._jobs.place
        [row] = self._jobs.ask("now", Query("SELECT CURRENT_TIMESTAMP() AS now_at"))
        told = max(row["now_at"], publish.began_at)
        statement = publish_events if publish.table.name == "events" else publish_profiles
        staged = place.staged(_table(publish.staging_id))
        sql = statement(place.table(publish.table.name), staged, publish.table)
        values = (
            ScalarQueryParameter("account_id", "INT64", publish.account_id),
            ScalarQueryParameter("told", "TIMESTAMP", told),
        )
        return self._jobs.start(job_id, Query(sql, values))

    def _staged_id(self, staging_id: str) -> str:
        return self._jobs.place.staged_id(_table(staging_id))


def _table(staging_id: str) -> str:
    return "import_" + staging_id.replace("-", "_")


def _step(publish: Publish) -> str:
    return f"sluice-publish-{publish.publish_id}"


def _is_publish(job: Job) -> bool:
    return job.statement_type in ("MERGE", "INSERT")


def _published(job: Job) -> Published:
    return Published(int(job.num_dml_affected_rows or 0), job.ended or datetime.now(UTC))


def _fields(table: Table) -> list[bigquery.SchemaField]:
    fields = [bigquery.SchemaField(name, kind) for name, kind in MARKS]
    for column in landed_columns(table):
        # Text is parsed by the statement, since Parquet has no JSON that every server reads.
        kind = "STRING" if column.type == "JSON" else column.type
        mode = "REPEATED" if column.mode == "REPEATED" else "NULLABLE"
        fields.append(bigquery.SchemaField(column.name, kind, mode=mode))
    return fields
