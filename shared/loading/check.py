"""Checks and maps rows of an import in batches, column by column, into files of staged rows."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.domain.import_columns import ColumnKind, SourceColumn
from shared.domain.import_mapping import Kind, Mapping
from shared.domain.watermarks import Watermark
from shared.errors import SluiceError, Transient
from shared.loading.found import Checked, Rejected
from shared.loading.json_sql import quoted
from shared.loading.mapped import columns_of, mapped, shown_row
from shared.loading.request import make_request
from shared.loading.rows import rows_sql
from shared.loading.staged import MARKS, landed_columns

# Loaded when rows are checked: the api and the importer start without it.
if TYPE_CHECKING:
    import duckdb

# Rows in one group of a file, of which each thread that writes holds one.
GROUP_ROWS = 40_960
# Rows of more properties are checked by one thread.
WIDE = 50


class Checker:
    """Turns batches of the mapped columns, in the order of the mapping, into staged rows."""

    def __init__(
        self,
        mapping: Mapping,
        columns: Iterable[SourceColumn],
        since: Watermark | None,
        account_id: int,
        *,
        json_as_text: bool,
        memory_mb: int,
    ) -> None:
        self._mapping = mapping
        self._kinds = {column.name: column.kind for column in columns}
        self._since = since
        self._account_id = account_id
        self._json_as_text = json_as_text
        self._config: dict[str, Any] = {
            "memory_limit": f"{memory_mb}MB",
            "preserve_insertion_order": False,
        }
        self.found = Checked()
        # What ended the reading of the source, while DuckDB did it.
        self._fault: SluiceError | None = None

    def write(self, batches: Iterator[pa.RecordBatch], out: Path) -> int:
        """Write the rows of all batches to a Parquet file; gives their number, 0 is no file."""
        first = next(batches, None)
        if first is None:
            return 0
        import duckdb

        before = self.found.rows
        head = self._marked(first)
        reader = pa.RecordBatchReader.from_batches(head.schema, self._rest(head, batches))
        config = {**self._config, "temp_directory": str(out.parent)}
        if len(self._mapping.properties) > WIDE:
            # Each thread has room of its own for all that is made of some thousand rows.
            config["threads"] = 1
        with closing(duckdb.connect(":memory:", config=config)) as con:
            con.execute("SET TimeZone = 'UTC'")
            con.register("source_rows", reader)
            with self._told():
                con.execute(
                    f"COPY ({self._sql(con, head.schema)}) TO {quoted(str(out))} "
                    f"(FORMAT parquet, ROW_GROUP_SIZE {GROUP_ROWS})"
                )
            self._count(con, out)
        return self.found.rows - before

    def rejects(self, out: Path, *, limit: int) -> list[Rejected]:
        """The first rejected rows of a file that was written."""
        import duckdb

        with closing(duckdb.connect(":memory:", config=self._config)) as con:
            rows = con.execute(
                f"SELECT n, reason, source_row FROM read_parquet({quoted(str(out))}) "
                "WHERE reason IS NOT NULL ORDER BY n LIMIT ?",
                [limit],
            ).fetchall()
        return [Rejected(*row) for row in rows]

    def _rest(
        self, head: pa.RecordBatch, batches: Iterator[pa.RecordBatch]
    ) -> Iterator[pa.RecordBatch]:
        yield head
        try:
            for batch in batches:
                yield self._marked(batch)
        except SluiceError as error:
            self._fault = error
            raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Raise a fault of the source as itself, of which DuckDB makes a text of its own."""
        import duckdb

        try:
            yield
        except duckdb.Error as error:
            if self._fault is not None:
                raise self._fault from self._fault.__cause__
            if isinstance(error, duckdb.OutOfMemoryException):
                raise Transient(
                    "The rows of this import need more memory than it may use; ask for fewer "
                    "columns, or raise the importer's memory.",
                    reason="out-of-memory",
                ) from error
            raise

    def _marked(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch under names of ours, with its rows' numbers and versions."""
        rows = batch.num_rows
        numbers = pa.array(np.arange(self.found.rows + 1, self.found.rows + rows + 1))
        versions = self._versions(batch)
        since = pa.scalar(None if self._since is None else self._since.value, pa.int64())
        highest = pc.max(versions).as_py()
        if highest is not None:
            self.found.highest = max(highest, self.found.highest or highest)
        self.found.rows += rows
        names = [f"c{at}" for at in range(batch.num_columns)]
        return pa.RecordBatch.from_arrays(
            [*batch.columns, numbers, versions, pc.equal(versions, since)],
            names=[*names, "row_no", "version", "tie"],
        )

    def _versions(self, batch: pa.RecordBatch) -> pa.Array:
        name = self._mapping.updated_on
        if name is None:
            return pa.nulls(batch.num_rows, pa.int64())
        column = batch.column(self._mapping.columns.index(name))
        if self._kinds[name] in (ColumnKind.TIMESTAMP, ColumnKind.DATETIME):
            micros = pa.timestamp("us", column.type.tz)
            return column.cast(micros, safe=False).cast(pa.int64())
        if self._kinds[name] is ColumnKind.DATE:
            return column.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
        return column.cast(pa.int64())

    def _sql(self, con: "duckdb.DuckDBPyConnection", schema: pa.Schema) -> str:
        con.register("shape", schema.empty_table())
        types = {row[0]: str(row[1]) for row in con.execute("DESCRIBE FROM shape").fetchall()}
        columns = columns_of(self._mapping, self._kinds, types)
        request = make_request(
            "events" if self._mapping.kind is Kind.EVENTS else "profiles",
            mapping={},
            arrived=None,
            account_id=self._account_id,
        )
        shown = shown_row(self._mapping, columns)
        rows = rows_sql(
            mapped("source_rows", self._mapping, columns),
            request,
            0,
            passed={
                "version": "version",
                "tie": "coalesce(tie, false)",
                "source_row": f"CASE WHEN reason IS NOT NULL THEN {shown} END",
            },
            # Else a row that is changed and the same again later would be taken for one event.
            seed="coalesce(version, 0)",
        )
        ours = [
            f"{column.name}::VARCHAR AS {column.name}"
            if column.type == "JSON" and self._json_as_text
            else column.name
            for column in landed_columns(request.table)
        ]
        return f"SELECT {', '.join([*(name for name, _ in MARKS), *ours])} FROM ({rows})"

    def _count(self, con: "duckdb.DuckDBPyConnection", out: Path) -> None:
        counted = con.execute(
            f"SELECT reason, count(*) FROM read_parquet({quoted(str(out))}) "
            "WHERE reason IS NOT NULL GROUP BY reason"
        ).fetchall()
        for reason, rows in counted:
            self.found.rejected += rows
            self.found.by_reason[reason] = self.found.by_reason.get(reason, 0) + rows
