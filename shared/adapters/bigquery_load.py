"""Adds rows to the warehouse in BigQuery: a load job into staging, then one publishing statement.

Only that statement touches the tables, and it leaves out what is there already, so a load that
died at any moment is loaded again as if it never was.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import BinaryIO
from uuid import uuid4

from google.cloud import bigquery
from google.cloud.bigquery import ScalarQueryParameter

from shared.adapters.bigquery_errors import faults
from shared.adapters.bigquery_jobs import Jobs
from shared.adapters.bigquery_query import Query
from shared.schema import Column, Table

# The rows' order in their files; the first one of an event counts, and the last one of a profile.
ORDINAL = "n"


class BigQueryLoader:
    """Publishes rows that were checked; rows that are there already stay as they are."""

    def __init__(self, jobs: Jobs, *, ttl: timedelta) -> None:
        self._jobs = jobs
        self._ttl = ttl

    def publish(self, table: Table, account_id: int, rows: BinaryIO) -> tuple[int, datetime]:
        """Add the rows of a Parquet file; gives their number and a moment they are visible at.

        Its columns are `n` and the table's without the account, in this order, JSON as text.
        """
        # Made once a load: a statement whose answer got lost is found again by its id.
        token = uuid4().hex
        staged = f"load_{token}"
        columns = loaded_columns(table)
        fields = _fields(columns)
        place = self._jobs.place
        options = bigquery.ParquetOptions()
        options.enable_list_inference = True
        config = bigquery.LoadJobConfig(
            source_format=bigquery.SourceFormat.PARQUET,
            write_disposition=bigquery.WriteDisposition.WRITE_TRUNCATE,
            schema=fields,
            parquet_options=options,
        )
        empty = bigquery.Table(place.staged_id(staged), schema=fields)
        empty.expires = datetime.now(UTC) + self._ttl
        with faults("make a table in the staging dataset"):
            self._jobs.client.create_table(empty, exists_ok=True, **self._jobs.options)
        try:
            self._jobs.load(f"sluice-load-{token}", rows, place.staged_id(staged), config)
            statement = _merge_events if table.name == "events" else _insert_profiles
            sql = statement(place.table(table.name), place.staged(staged), columns)
            [row] = self._jobs.ask("now", Query("SELECT CURRENT_TIMESTAMP() AS now_at"))
            values = (
                ScalarQueryParameter("account_id", "INT64", account_id),
                ScalarQueryParameter("told", "TIMESTAMP", row["now_at"]),
            )
            job = self._jobs.run(f"sluice-publish-{token}", Query(sql, values))
        finally:
            with faults("remove a table of a load"):
                self._jobs.client.delete_table(
                    place.staged_id(staged), not_found_ok=True, **self._jobs.options
                )
        return int(job.num_dml_affected_rows or 0), job.ended or row["now_at"]


def loaded_columns(table: Table) -> tuple[Column, ...]:
    """The columns that a load brings."""
    return tuple(column for column in table.columns if column.name != "account_id")


def _fields(columns: Sequence[Column]) -> list[bigquery.SchemaField]:
    fields = [bigquery.SchemaField(ORDINAL, "INT64")]
    for column in columns:
        # Text is parsed by the statement, since Parquet has no JSON that every server reads.
        kind = "STRING" if column.type == "JSON" else column.type
        mode = "REPEATED" if column.mode == "REPEATED" else "NULLABLE"
        fields.append(bigquery.SchemaField(column.name, kind, mode=mode))
    return fields


def _parsed(staged: str, columns: Sequence[Column]) -> str:
    """`parsed AS (...)`: the staged rows with JSON as JSON, and the time of arrival."""
    values = [
        f"PARSE_JSON({column.name}, wide_number_mode => 'round') AS {column.name}"
        if column.type == "JSON"
        else f"COALESCE({column.name}, @told) AS {column.name}"
        if column.name in ("ingested_at", "updated_at")
        else column.name
        for column in columns
    ]
    return f"parsed AS (SELECT {ORDINAL}, {', '.join(values)} FROM {staged})"


def _merge_events(target: str, staged: str, columns: Sequence[Column]) -> str:
    names = ", ".join(column.name for column in columns)
    values = ", ".join(f"s.{column.name}" for column in columns)
    return (
        f"MERGE INTO {target} AS t USING (WITH {_parsed(staged, columns)} SELECT * FROM parsed "
        f"WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY {ORDINAL}) = 1) "
        "AS s ON t.account_id = @account_id AND t.event_id = s.event_id "
        f"WHEN NOT MATCHED THEN INSERT (account_id, {names}) VALUES (@account_id, {values})"
    )


def _insert_profiles(target: str, staged: str, columns: Sequence[Column]) -> str:
    """Adds the versions that differ from the one before them in time, stored or in the files."""
    names = ", ".join(column.name for column in columns)
    compared = [column.name for column in columns if column.name not in ("object_id", "updated_at")]
    content = f"TO_JSON_STRING(STRUCT({', '.join(compared)})) AS content"
    return (
        f"INSERT INTO {target} (account_id, {names}) WITH {_parsed(staged, columns)}, "
        # Of rows of one profile and time the last one counts.
        f"fresh AS (SELECT *, {content} FROM parsed WHERE TRUE QUALIFY ROW_NUMBER() OVER "
        f"(PARTITION BY object_id, updated_at ORDER BY {ORDINAL} DESC) = 1), "
        f"stored AS (SELECT object_id, updated_at, {content} FROM {target} "
        "WHERE account_id = @account_id AND object_id IN (SELECT object_id FROM fresh)), "
        f"versions AS (SELECT CAST(NULL AS INT64) AS {ORDINAL}, object_id, updated_at, content "
        f"FROM stored UNION ALL SELECT {ORDINAL}, object_id, updated_at, content FROM fresh), "
        f"chain AS (SELECT {ORDINAL}, content, LAG(content) OVER (PARTITION BY object_id "
        f"ORDER BY updated_at, {ORDINAL} IS NOT NULL, {ORDINAL}) AS previous FROM versions), "
        f"news AS (SELECT {ORDINAL} FROM chain WHERE {ORDINAL} IS NOT NULL "
        "AND (previous IS NULL OR previous != content)) "
        f"SELECT @account_id, {', '.join(f'f.{column.name}' for column in columns)} "
        f"FROM fresh AS f WHERE f.{ORDINAL} IN (SELECT {ORDINAL} FROM news) "
        "AND NOT EXISTS (SELECT 1 FROM stored AS o WHERE o.object_id = f.object_id "
        "AND o.updated_at = f.updated_at AND o.content = f.content)"
    )
