"""A folder of Parquet and CSV files, or a DuckDB file, as the dataset of a customer to try out.

Files are read as they are asked for and never loaded. A person's SELECT sees nothing but them:
access to all other files is switched off before it is read.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Timer
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb
import pyarrow as pa

from shared.adapters.local_source_sql import (
    NOT_FOUND,
    NOT_READ,
    quoted,
    reading_sql,
    select_of,
    told,
)
from shared.domain.connections import Access, ConnectionPart, Dataset, Trial
from shared.domain.import_columns import ColumnKind, SourceColumn
from shared.domain.import_specs import SourceQuery, is_table_name
from shared.errors import CustomerFault
from shared.import_ports import Described, Reading

# One vector of DuckDB; more of them would be collected outside of the memory it may use.
BATCH_ROWS = 2_048
TABLES_MAX = 5_000
# Somebody waits for the first rows of a SELECT that may be a cross join.
LOOK_S = 30.0
_READERS = {
    ".parquet": "read_parquet",
    ".csv": "read_csv",
    ".csv.gz": "read_csv",
}
_KINDS = {
    "VARCHAR": ColumnKind.STRING,
    "TINYINT": ColumnKind.INTEGER,
    "SMALLINT": ColumnKind.INTEGER,
    "INTEGER": ColumnKind.INTEGER,
    "BIGINT": ColumnKind.INTEGER,
    "UTINYINT": ColumnKind.INTEGER,
    "USMALLINT": ColumnKind.INTEGER,
    "UINTEGER": ColumnKind.INTEGER,
    "FLOAT": ColumnKind.FLOAT,
    "DOUBLE": ColumnKind.FLOAT,
    "BOOLEAN": ColumnKind.BOOLEAN,
    "DATE": ColumnKind.DATE,
    "TIMESTAMP WITH TIME ZONE": ColumnKind.TIMESTAMP,
    "TIMESTAMP": ColumnKind.DATETIME,
    "TIMESTAMP_S": ColumnKind.DATETIME,
    "TIMESTAMP_MS": ColumnKind.DATETIME,
    "TIMESTAMP_NS": ColumnKind.DATETIME,
    "JSON": ColumnKind.JSON,
    "BLOB": ColumnKind.BYTES,
}


class LocalSource:
    """The source port over one folder or one DuckDB file."""

    def __init__(self, place: Dataset, *, memory_mb: int, look_s: float = LOOK_S) -> None:
        self._look_s = look_s
        self._path = Path(unquote(urlsplit(place.project).path))
        self._config: dict[str, Any] = {
            "memory_limit": f"{memory_mb}MB",
            "preserve_insertion_order": False,
        }

    def try_out(self, access: Access) -> Trial:
        """Whether the folder or file is there and can be read."""
        try:
            self._path.stat()
        except OSError:
            # Also for a name that is too long for any file.
            fault = CustomerFault(
                f"There is no folder or DuckDB file {str(self._path)[:200]}.", reason=NOT_FOUND
            )
            return Trial(failed_at=ConnectionPart.PROJECT, fault=fault, is_local=True)
        try:
            self.tables()
        except CustomerFault as fault:
            return Trial(failed_at=ConnectionPart.DATASET, fault=fault, is_local=True)
        return Trial(location=self.location(), missing=())

    def location(self) -> str:
        """Here."""
        return "local"

    def tables(self) -> list[str]:
        """Names of the files without their endings, or of the tables and views of the file."""
        with self._opened() as con:
            rows = con.execute(
                "SELECT table_name FROM information_schema.tables "
                "WHERE table_catalog = current_database() AND table_schema = current_schema() "
                "ORDER BY table_name LIMIT ?",
                [TABLES_MAX],
            ).fetchall()
        return [name for (name,) in rows if is_table_name(name)]

    def describe(self, query: SourceQuery) -> Described:
        """The columns of a table or of one SELECT."""
        with self._opened() as con:
            sql = select_of(con, query)
            with told():
                # The rows of a DESCRIBE come in any order, as those of every query do here.
                rows = con.sql(sql)
                columns = list(zip(rows.columns, map(str, rows.types), strict=True))
        return Described(tuple(SourceColumn(name, _kind(kind), kind) for name, kind in columns))

    def read(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """The rows in batches."""
        seconds = None if reading.limit is None else self._look_s
        with self._opened() as con, told(), _interrupted(con, seconds):
            sql, values = reading_sql(select_of(con, reading.query), reading)
            rows = con.sql(sql, params=values)
            yield from rows.to_arrow_reader(BATCH_ROWS)

    @contextmanager
    def _opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that sees the dataset and nothing else."""
        with closing(duckdb.connect(":memory:", config=self._config)) as con:
            con.execute("SET TimeZone = 'UTC'")
            with told():
                if self._path.is_dir():
                    self._make_views(con)
                    folder = str(self._path).replace("'", "''") + "/"
                    con.execute(f"SET allowed_directories = ['{folder}']")
                else:
                    _attach(con, self._path)
            con.execute("SET enable_external_access = false")
            con.execute("SET lock_configuration = true")
            yield con

    def _make_views(self, con: duckdb.DuckDBPyConnection) -> None:
        try:
            paths = sorted(self._path.iterdir())
        except OSError as error:
            raise CustomerFault(
                f"The folder {self._path} cannot be read ({error.strerror}); let Sluice read it.",
                reason=NOT_READ,
            ) from error
        for path in paths[:TABLES_MAX]:
            ending = next((end for end in _READERS if path.name.lower().endswith(end)), None)
            if ending is None or not path.is_file():
                continue
            text = str(path).replace("'", "''")
            try:
                con.execute(
                    f"CREATE OR REPLACE VIEW {quoted(path.name[: -len(ending)])} AS "
                    f"SELECT * FROM {_READERS[ending]}('{text}')"
                )
            except duckdb.OutOfMemoryException:
                raise
            except duckdb.Error as error:
                raise CustomerFault(
                    f"The file {path.name[:200]} cannot be read: it is empty or damaged; mend it, "
                    "or take it out of the folder.",
                    reason=NOT_READ,
                ) from error


@contextmanager
def _interrupted(con: duckdb.DuckDBPyConnection, seconds: float | None) -> Iterator[None]:
    """Ends what the connection does after so many seconds; never when None."""
    if seconds is None:
        yield
        return
    timer = Timer(seconds, con.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _attach(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    if not path.is_file():
        raise CustomerFault(f"There is no folder or DuckDB file {path}.", reason=NOT_FOUND)
    text = str(path).replace("'", "''")
    con.execute(f"ATTACH '{text}' AS dataset (READ_ONLY)")
    con.execute("USE dataset")


def _kind(shown: object) -> ColumnKind:
    kind = str(shown)
    if kind.startswith("DECIMAL") or kind in ("UBIGINT", "HUGEINT", "UHUGEINT"):
        return ColumnKind.DECIMAL
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP")):
        return ColumnKind.JSON
    return _KINDS.get(kind, ColumnKind.OTHER)
