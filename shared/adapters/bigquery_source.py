"""A customer's dataset in BigQuery, read with the customer's own credentials and nothing else."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
from google.api_core.exceptions import Conflict, Forbidden
from google.api_core.retry import Retry
from google.auth.credentials import AnonymousCredentials, Credentials
from google.cloud import bigquery
from google.cloud.bigquery_storage import BigQueryReadClient

from shared.adapters.bigquery_errors import is_transient
from shared.adapters.bigquery_source_errors import NO_SELECT, OTHER_DATASET, their_faults
from shared.adapters.bigquery_source_sql import check_table, column_of, reading_sql, source_sql
from shared.adapters.bigquery_source_trial import try_out
from shared.config import BigQueryLimits
from shared.domain.connections import Access, Dataset, Trial
from shared.domain.import_columns import ColumnKind
from shared.domain.import_specs import SourceQuery, is_table_name
from shared.domain.watermarks import Watermark
from shared.errors import CustomerFault
from shared.import_ports import Described, Reading

TABLES_MAX = 5_000
PAGE_ROWS = 20_000
TRIAL_RETRY_S = 2.0
# What may be read by name; external tables lie elsewhere.
_READABLE = ("TABLE", "VIEW", "MATERIALIZED_VIEW")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BigQuerySource:
    """The source port over one dataset."""

    def __init__(
        self,
        client: bigquery.Client,
        storage: Callable[[], BigQueryReadClient | None],
        place: Dataset,
        limits: BigQueryLimits,
    ) -> None:
        self._client = client
        # Opened when rows are read; None where pages of the plain interface do.
        self._storage = storage
        self._place = place
        self._limits = limits
        self._options: dict[str, Any] = {
            "timeout": limits.call_s,
            "retry": Retry(predicate=is_transient, initial=0.2, maximum=5, timeout=limits.call_s),
        }

    def try_out(self, access: Access) -> Trial:
        """Project, dataset and permissions, in this order."""
        # Whoever waits for it is told of a way that is cut, not that it took too long.
        retry = self._options["retry"].with_timeout(TRIAL_RETRY_S)
        return try_out(self._client, self._place, access, self._options | {"retry": retry})

    def location(self) -> str:
        """Where the dataset is now."""
        with their_faults("find the dataset"):
            found = self._client.get_dataset(self._dataset(), **self._options)
        return str(found.location)

    def tables(self) -> list[str]:
        """Names of the tables and views."""
        with their_faults("list the tables"):
            found = self._client.list_tables(
                self._dataset(), max_results=TABLES_MAX, **self._options
            )
            names = sorted(str(each.table_id) for each in found if each.table_type in _READABLE)
        return [name for name in names if is_table_name(name)]

    def describe(self, query: SourceQuery) -> Described:
        """The columns and the bytes, by a dry run, which reads and writes nothing."""
        schema = None if query.table is None else self._schema_of(query.table)
        job = self._dry_run(source_sql(self._place, query))
        if query.sql is not None:
            # Alone, too: inside the parentheses a statement may look like another one.
            alone = self._dry_run(query.sql)
            if alone.statement_type != "SELECT":
                raise CustomerFault(
                    "An import reads with one SELECT; take everything else out of the statement.",
                    reason=NO_SELECT,
                )
        columns = tuple(column_of(field) for field in schema or job.schema or ())
        return Described(columns, int(job.total_bytes_processed or 0))

    def read(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """The rows of one query job, through the Storage Read API where that is allowed."""
        names = [column.name for column in reading.columns]
        for batch in self._batches(reading):
            yield batch.select(names)

    def _batches(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        with their_faults("read the rows"):
            storage = self._storage()
            if storage is not None:
                try:
                    batches = self._rows(reading).to_arrow_iterable(
                        bqstorage_client=storage, max_stream_count=1
                    )
                    first = next(batches, None)
                except Forbidden:
                    # The Storage Read API takes a role that the guide does not ask for.
                    pass
                else:
                    if first is not None:
                        yield first
                        yield from batches
                    return
            # The job is there; its rows are begun afresh.
            yield from self._rows(reading).to_arrow_iterable()

    def _rows(self, reading: Reading) -> Any:
        config = bigquery.QueryJobConfig(
            query_parameters=_parameters(reading.since),
            labels={"app": "sluice"},
            maximum_bytes_billed=self._limits.source_bytes_billed_max,
            default_dataset=self._dataset(),
        )
        job_id = f"sluice-read-{reading.key}"
        with their_faults("read the rows"):
            job: Any
            try:
                job = self._client.query(
                    reading_sql(self._place, reading),
                    job_id=job_id,
                    job_config=config,
                    job_retry=None,
                    **self._options,
                )
            except Conflict:
                # Begun by a call whose answer was lost.
                job = self._client.get_job(job_id, location=self._client.location, **self._options)
            return job.result(
                page_size=PAGE_ROWS, job_retry=None, timeout=self._limits.source_query_s
            )

    def _dry_run(self, sql: str) -> Any:
        config = bigquery.QueryJobConfig(
            dry_run=True, use_query_cache=False, default_dataset=self._dataset()
        )
        with their_faults("understand the SELECT"):
            job = self._client.query(sql, job_config=config, job_retry=None, **self._options)
        for table in job.referenced_tables or ():
            if (table.project, table.dataset_id) != (self._place.project, self._place.dataset):
                raise CustomerFault(
                    f"The SELECT or view reads the dataset {table.dataset_id[:80]}; an import "
                    "reads tables of its own connection's dataset alone.",
                    reason=OTHER_DATASET,
                )
        return job

    def _schema_of(self, name: str) -> Sequence[bigquery.SchemaField]:
        """The columns of a table or view; raises CustomerFault when it is neither."""
        check_table(name)
        with their_faults("find the table"):
            table = self._client.get_table(self._dataset().table(name), **self._options)
        if table.table_type not in _READABLE:
            raise CustomerFault(
                f"{name[:80]!r} is no plain table and no view; choose one, or write a SELECT.",
                reason=NO_SELECT,
            )
        return list(table.schema)

    def _dataset(self) -> bigquery.DatasetReference:
        return bigquery.DatasetReference(self._place.project, self._place.dataset)


def _parameters(since: Watermark | None) -> list[bigquery.ScalarQueryParameter]:
    if since is None:
        return []
    value: Any = since.value
    kind = "INT64"
    if since.kind is ColumnKind.DATE:
        kind, value = "DATE", date(1970, 1, 1) + timedelta(days=since.value)
    elif since.kind in (ColumnKind.TIMESTAMP, ColumnKind.DATETIME):
        value = _EPOCH + timedelta(microseconds=since.value)
        kind = "TIMESTAMP"
        if since.kind is ColumnKind.DATETIME:
            kind, value = "DATETIME", value.replace(tzinfo=None)
    return [bigquery.ScalarQueryParameter("since", kind, value)]


def open_bigquery_source(
    place: Dataset,
    credentials: Credentials | None,
    location: str,
    limits: BigQueryLimits,
    *,
    rest_url: str = "",
) -> BigQuerySource:
    """The dataset with the customer's credentials, or in an emulator that asks for none."""
    if rest_url:
        client = bigquery.Client(
            project=place.project,
            location=location or None,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": rest_url},
        )
        return BigQuerySource(client, lambda: None, place, limits)
    client = bigquery.Client(
        project=place.project, location=location or None, credentials=credentials
    )
    return BigQuerySource(
        client, lambda: BigQueryReadClient(credentials=credentials), place, limits
    )
