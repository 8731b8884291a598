"""The steps by which a window is frozen in BigQuery: small tables first, all of them expiring.

    groups    where the rows of each event name and date go, handed over by a load job
    rows      the window, one integer-range partition a slice: table 0, or with more slices than
              one table takes `all`, clustered by table number, from which 0, 1, ... are filled
    counts    one row: what the snapshot holds; that it is there says that all is

Each step is a job whose id follows from the snapshot's, so whoever comes next goes on from there.
"""

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
from google.cloud import bigquery
from google.cloud.bigquery import ScalarQueryParameter

from shared.adapters.bigquery_names import Place, snapshot_tables
from shared.adapters.bigquery_query import Query
from shared.adapters.bigquery_sql import identity_sql, parameters, selected
from shared.adapters.row_columns import EVENT_COLUMNS, PROFILE_COLUMNS
from shared.domain.selection import Selection
from shared.domain.slices import Slicing

# BigQuery takes no more letters in the value of a label.
LABEL_CHARS_MAX = 63


@dataclass(frozen=True, slots=True)
class Tables:
    """The names of a snapshot's tables in the staging dataset."""

    snapshot_id: str
    slices_per_table: int

    @property
    def groups(self) -> str:
        """Where each group's rows go."""
        return f"{snapshot_tables(self.snapshot_id)}_groups"

    @property
    def whole(self) -> str:
        """All rows, when one partitioned table cannot hold them."""
        return f"{snapshot_tables(self.snapshot_id)}_all"

    @property
    def counts(self) -> str:
        """What the finished snapshot holds."""
        return f"{snapshot_tables(self.snapshot_id)}_counts"

    def rows(self, number: int) -> str:
        """The partitioned table of this number."""
        return f"{snapshot_tables(self.snapshot_id)}_{number}"

    def count_for(self, slice_count: int) -> int:
        """How many partitioned tables so many slices need."""
        return max(1, -(-slice_count // self.slices_per_table))

    def step(self, name: str) -> str:
        """What the ids of a step's jobs begin with."""
        return f"sluice-{self.snapshot_id}-{name}"


@dataclass(frozen=True, slots=True)
class Freezing:
    """One snapshot and the statements that make it."""

    place: Place
    tables: Tables
    selection: Selection
    slicing: Slicing
    ttl: timedelta

    @property
    def table_count(self) -> int:
        """How many partitioned tables there will be."""
        return self.tables.count_for(self.slicing.slice_count)

    @property
    def labels(self) -> dict[str, str]:
        """What the project's history and bill show of the jobs."""
        return {
            "snapshot": self.tables.snapshot_id[:LABEL_CHARS_MAX],
            "account": str(self.selection.account_id)[:LABEL_CHARS_MAX],
        }

    def groups_file(self) -> io.BytesIO:
        """The groups as Parquet; the columns stand in the order of `GROUPS_SCHEMA`."""
        groups = self.slicing.groups
        wide = [
            groups[field.name].cast(pa.int64()) if pa.types.is_int32(field.type) else groups[i]
            for i, field in enumerate(groups.schema)
        ]
        content = io.BytesIO()
        pq.write_table(pa.table(wide, names=groups.column_names), content)
        return content

    def rows_query(self) -> Query:
        """Freezes the window: each row once, with its slice and file; and what was counted."""
        one = self.table_count == 1
        layout = self._partitions(0) if one else "CLUSTER BY table_no"
        late = self.selection.late_before
        values = [*parameters(self.selection), ScalarQueryParameter("late_before", "DATE", late)]
        columns = PROFILE_COLUMNS if self.selection.profiles else EVENT_COLUMNS
        place = f"IF(g.parts > 1, ABS(MOD(FARM_FINGERPRINT(s.{self._key}), g.parts)), 0)"
        per_table = self.tables.slices_per_table
        sql = (
            f"{self._create(self.tables.rows(0) if one else self.tables.whole, layout)} "
            f"WITH {selected(self.place, self.selection)}, {self._once()}, placed AS (SELECT "
            f"g.first_slice + {place} AS slice_no, g.file_no AS file_no, "
            f"{', '.join(f's.{column} AS {column}' for column in columns)}, "
            f"{identity_sql(self.selection)} AS identity, s.copies AS copies, s.late AS late "
            f"FROM once AS s LEFT JOIN {self.place.staged(self.tables.groups)} AS g "
            f"ON s.group_name = g.event_name{self._and_day()}) "
            f"SELECT *{'' if one else f', DIV(slice_no, {per_table}) AS table_no'} FROM placed"
        )
        return Query(sql, tuple(values), self.labels)

    def part_query(self, number: int) -> Query:
        """Fills the partitioned table of this number from the whole."""
        sql = (
            f"{self._create(self.tables.rows(number), self._partitions(number))} "
            f"SELECT * EXCEPT (table_no) FROM {self.place.staged(self.tables.whole)} "
            "WHERE table_no = @table_no"
        )
        number_ = ScalarQueryParameter("table_no", "INT64", number)
        return Query(sql, (number_,), self.labels)

    def counts_query(self) -> Query:
        """Writes down what the snapshot holds."""
        source = self.tables.rows(0) if self.table_count == 1 else self.tables.whole
        sql = (
            f"{self._create(self.tables.counts)} SELECT "
            f"{self.table_count} AS table_count, "
            "COUNTIF(slice_no IS NOT NULL) AS row_count, "
            "IFNULL(SUM(copies - 1), 0) AS duplicate_count, "
            "COUNTIF(late AND slice_no IS NOT NULL) AS late_count, "
            "COUNTIF(slice_no IS NULL) AS unplaced_count, "
            # Of every row that was there: what stood there an even number of times cancels out.
            f"IFNULL(BIT_XOR(IF(MOD(copies, 2) = 1, FARM_FINGERPRINT({self._key}), 0)), 0) "
            f"AS ids_checksum FROM {self.place.staged(source)}"
        )
        return Query(sql, (), self.labels)

    @property
    def _key(self) -> str:
        return "object_id" if self.selection.profiles else "event_id"

    def _create(self, table: str, layout: str = "") -> str:
        # A second job of a step finds the table of the first, should that have made it after all.
        hours = int(self.ttl.total_seconds() // 3600)
        return (
            f"CREATE TABLE IF NOT EXISTS {self.place.staged(table)} {layout} "
            "OPTIONS (expiration_timestamp = "
            f"TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL {hours} HOUR)) AS"
        )

    def _partitions(self, number: int) -> str:
        first = number * self.tables.slices_per_table
        last = max(first + 1, min(first + self.tables.slices_per_table, self.slicing.slice_count))
        return f"PARTITION BY RANGE_BUCKET(slice_no, GENERATE_ARRAY({first}, {last}, 1))"

    def _once(self) -> str:
        """`once`: every row of `selected` one time, how often it was there, and if it is late."""
        if self.selection.profiles:
            return "once AS (SELECT *, '' AS group_name, 1 AS copies, FALSE AS late FROM selected)"
        return (
            "once AS (SELECT *, event_name AS group_name, "
            "COUNT(*) OVER (PARTITION BY event_id) AS copies, "
            "IFNULL(event_date < @late_before, FALSE) AS late FROM selected WHERE TRUE "
            "QUALIFY ROW_NUMBER() OVER "
            "(PARTITION BY event_id ORDER BY ingested_at, ts, event_name) = 1)"
        )

    def _and_day(self) -> str:
        return "" if self.selection.profiles else " AND s.event_date = g.event_date"


def groups_table(place: Place, tables: Tables, ttl: timedelta) -> bigquery.Table:
    """The empty table of the groups, which expires."""
    table = bigquery.Table(place.staged_id(tables.groups), schema=GROUPS_SCHEMA)
    table.expires = datetime.now(UTC) + ttl
    return table


GROUPS_SCHEMA = [
    bigquery.SchemaField("event_name", "STRING"),
    bigquery.SchemaField("event_date", "DATE"),
    bigquery.SchemaField("first_slice", "INT64"),
    bigquery.SchemaField("file_no", "INT64"),
    bigquery.SchemaField("parts", "INT64"),
]
