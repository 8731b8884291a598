"""Brings rows of imports into a DuckDB warehouse: files of staged rows, then one transaction."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import move, rmtree

import duckdb

from shared.adapters.duckdb_file import EPOCH, advance_clock, connect
from shared.adapters.duckdb_publish import insert_events, insert_profiles
from shared.import_ports import Published, StagingGone
from shared.loading.json_sql import quoted
from shared.loading.staged import Publish
from shared.schema import Table

_PUBLISHES = (
    "CREATE TABLE IF NOT EXISTS import_publishes "
    "(publish_id VARCHAR PRIMARY KEY, rows BIGINT NOT NULL, published_at TIMESTAMPTZ NOT NULL)"
)


class DuckDBLanding:
    """The landing port over one DuckDB file and a staging folder."""

    json_as_text = False

    def __init__(
        self,
        path: Path,
        staging: Path,
        *,
        memory_mb: int,
        wait_s: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._path = path
        self._staging = staging
        self._memory_mb = memory_mb
        self._wait_s = wait_s
        self._clock = clock

    def begin(self, staging_id: str, table: Table) -> None:
        """An empty folder."""
        self.drop(staging_id)
        self._folder(staging_id).mkdir(parents=True)

    def add(self, staging_id: str, piece_no: int, rows: Path) -> None:
        """Move the file to the others."""
        move(rows, self._folder(staging_id) / f"{piece_no}.parquet")

    def publish(self, publish: Publish) -> Published:
        """Insert what is new, in one transaction: a publish that was killed never was."""

        def insert(con: duckdb.DuckDBPyConnection, told: datetime) -> int:
            folder = self._folder(publish.staging_id)
            if not folder.is_dir():
                raise StagingGone(publish.staging_id)
            files = sorted(folder.glob("*.parquet"))
            if not files:
                return 0
            listed = ", ".join(quoted(str(file)) for file in files)
            staged = f"read_parquet([{listed}])"
            insert_into = insert_events if publish.table.name == "events" else insert_profiles
            return insert_into(con, publish.table, publish.account_id, staged, told)

        made = self._once(publish, insert)
        if made.rows_new < 0:
            raise StagingGone(publish.staging_id)
        return made

    def cancel(self, publish: Publish) -> Published | None:
        """Note that it was made without rows, unless it was made."""
        made = self._once(publish, lambda _con, _told: -1)
        return None if made.rows_new < 0 else made

    def drop(self, staging_id: str) -> None:
        """Remove the folder."""
        rmtree(self._folder(staging_id), ignore_errors=True)

    def _once(
        self, publish: Publish, insert: Callable[[duckdb.DuckDBPyConnection, datetime], int]
    ) -> Published:
        with connect(self._path, wait_s=self._wait_s, memory_mb=self._memory_mb) as con:
            con.execute(_PUBLISHES)
            con.execute("BEGIN TRANSACTION")
            try:
                made = con.execute(
                    "SELECT rows, epoch_us(published_at) FROM import_publishes "
                    "WHERE publish_id = ?",
                    [publish.publish_id],
                ).fetchall()
                if made:
                    con.execute("ROLLBACK")
                    [(rows, at)] = made
                    return Published(rows, EPOCH + timedelta(microseconds=at))
                told = advance_clock(con, max(self._clock(), publish.began_at).astimezone(UTC))
                rows = insert(con, told)
                # Whoever comes again finds it here: in the same transaction as the rows.
                con.execute(
                    "INSERT INTO import_publishes VALUES (?, ?, ?)",
                    [publish.publish_id, rows, told],
                )
                con.execute("COMMIT")
            except BaseException:
                # After a failed COMMIT there is nothing left to roll back.
                with suppress(duckdb.Error):
                    con.execute("ROLLBACK")
                raise
            return Published(rows, told)

    def _folder(self, staging_id: str) -> Path:
        return self._staging / f"import-{staging_id}"
