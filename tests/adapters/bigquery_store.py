"""A BigQuery warehouse for one test: a project of its own in the emulator, with rows to load."""

import io
import json
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pyarrow.parquet as pq
from google.cloud import bigquery

from shared.adapters.bigquery_names import Place
from shared.adapters.bigquery_warehouse import connect, open_warehouse
from shared.config import BigQueryLimits
from shared.schema import SCHEMA_FILE, tables
from tests.adapters.selections import Store
from tests.servers.bigquery import BigQueryServer
from tests.warehouse_rows import NOW, Row, arrow_of

# Short, because nothing here is far away.
LIMITS = BigQueryLimits(call_s=10, query_s=30, read_s=10)
SNAPSHOT_TTL = timedelta(days=8)


class BigQueryStore(Store):
    """The warehouse, and the project behind it."""

    misread_names = frozenset({"", "$", "$.a"})

    def __init__(
        self,
        server: BigQueryServer,
        *,
        limits: BigQueryLimits = LIMITS,
        rest_url: str | None = None,
        read_host: str | None = None,
    ) -> None:
        """`rest_url` and `read_host` may lead the warehouse to a proxy before the server."""
        self.place = Place(f"test-{uuid4().hex[:20]}", "warehouse", "staging", "EU")
        self.server = server
        # Straight to the server: what a test prepares and looks at meets no fault.
        self.client = connect(self.place, LIMITS, rest_url=server.rest_url).client
        self.rest_url = rest_url or server.rest_url
        self.read_host = read_host or server.read_host
        self.limits = limits
        self.warehouse = self.opened(limits)
        for dataset in (self.place.dataset, self.place.staging):
            self.client.create_dataset(dataset)
        for table in _tables(self.place):
            self.client.create_table(table)

    def opened(self, limits: BigQueryLimits):
        """Another opening of the same warehouse, as another process would have."""
        return open_warehouse(
            self.place,
            limits,
            snapshot_ttl=SNAPSHOT_TTL,
            rest_url=self.rest_url,
            read_host=self.read_host,
        )

    def limited(self, **limits: float) -> None:
        """Let the warehouse have other limits."""
        self.warehouse = self.opened(replace(self.limits, **limits))

    def load(self, rows: list[Row], table: str = "events", now: datetime = NOW) -> datetime:
        """By a statement, because the emulator keeps earlier states for statements only."""
        columns = tables()[table].columns
        content = io.BytesIO()
        pq.write_table(arrow_of(table, rows), content)
        staged = self.place.staged_id(f"test_{uuid4().hex}")
        self.client.load_table_from_file(
            content, staged, rewind=True, job_config=_parquet(table), timeout=10
        ).result(timeout=10)
        listed = ", ".join(column.name for column in columns)
        values = ", ".join(
            f"PARSE_JSON({column.name})" if column.type == "JSON" else column.name
            for column in columns
        )
        self.run(
            f"INSERT INTO {self.place.table(table)} ({listed}) SELECT {values} FROM `{staged}`"
        )
        self.client.delete_table(staged)
        return self.warehouse.freeze(now)

    def run(self, sql: str, **moments: datetime) -> list[bigquery.Row]:
        """The rows of a statement."""
        values = [
            bigquery.ScalarQueryParameter(name, "TIMESTAMP", at) for name, at in moments.items()
        ]
        config = bigquery.QueryJobConfig(query_parameters=values)
        return list(self.client.query(sql, job_config=config, timeout=60).result(timeout=60))

    def staged(self) -> set[str]:
        """The tables of the staging dataset."""
        return {table.table_id for table in self.client.list_tables(self.place.staging)}


def _parquet(table: str) -> bigquery.LoadJobConfig:
    fields = [
        bigquery.SchemaField(
            column.name,
            "STRING" if column.type == "JSON" else column.type,
            mode="REPEATED" if column.mode == "REPEATED" else "NULLABLE",
        )
        for column in tables()[table].columns
    ]
    return bigquery.LoadJobConfig(source_format="PARQUET", schema=fields)


def _tables(place: Place) -> list[bigquery.Table]:
    described = json.loads(SCHEMA_FILE.read_text("utf-8"))
    made = []
    for name, entry in described.items():
        table = bigquery.Table(
            f"{place.project}.{place.dataset}.{name}",
            schema=[bigquery.SchemaField.from_api_repr(each) for each in entry["schema"]],
        )
        table.time_partitioning = bigquery.TimePartitioning.from_api_repr(
            entry["time_partitioning"]
        )
        table.clustering_fields = entry["clustering"]
        made.append(table)
    return made
