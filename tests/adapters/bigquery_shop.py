"""A customer's dataset in BigQuery for one test: a project of its own in the emulator."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery as google

from shared.domain.connections import Dataset
from tests.adapters.datasets import TYPES

# BigQuery's columns have no quotes in their names.
PLAIN = [*TYPES.names[:-1], "note"]
_KINDS = ("STRING", "STRING", "TIMESTAMP", "TIMESTAMP", "FLOAT64", "STRING", "STRING")


class BigQueryShop:
    """The dataset `sales` with the table `orders`."""

    def __init__(self, rest_url: str, rows: Sequence[dict[str, Any]]) -> None:
        self.place = Dataset(f"shop-{uuid4().hex[:20]}", "sales")
        self.client = google.Client(
            project=self.place.project,
            location="EU",
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": rest_url},
        )
        made = google.Dataset(f"{self.place.project}.{self.place.dataset}")
        made.location = "EU"
        self.client.create_dataset(made)
        self.table = f"{self.place.project}.{self.place.dataset}.orders"
        self.schema = [google.SchemaField(*each) for each in zip(PLAIN, _KINDS, strict=True)]
        self.client.create_table(google.Table(self.table, schema=self.schema))
        self.add(rows)

    def add(self, rows: Sequence[dict[str, Any]]) -> None:
        """More rows."""
        table = pa.Table.from_pylist(list(rows), TYPES).rename_columns(PLAIN)
        content = pa.BufferOutputStream()
        pq.write_table(table, content)
        config = google.LoadJobConfig(source_format="PARQUET", schema=self.schema)
        self.client.load_table_from_file(
            pa.BufferReader(content.getvalue()), self.table, job_config=config
        ).result(timeout=20)
