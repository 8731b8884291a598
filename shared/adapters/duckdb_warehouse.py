"""The warehouse of a laptop: one DuckDB file, read as of a moment, frozen into one file a slice.

Only one process at a time may hold a DuckDB file, so it is opened for each step and closed again;
workers read the frozen slices and never the file. DuckDB has no time travel: every row carries
`loaded_at`, given by a clock that the file keeps and that never goes back.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from shared.adapters.duckdb_compare import count_windows, row_changes
from shared.adapters.duckdb_file import advance_clock, connect
from shared.adapters.duckdb_sample import take_names, take_sample
from shared.adapters.duckdb_schema import discover_schema
from shared.adapters.duckdb_snapshot import write_snapshot
from shared.adapters.duckdb_sql import groups_sql, selected
from shared.domain.recounts import WindowCount
from shared.domain.selection import Selection
from shared.domain.slices import Slicing
from shared.ports import (
    EventNames,
    Frozen,
    Inventory,
    RowChanges,
    Sample,
    SampleBounds,
    SchemaDetail,
    Snapshot,
    SnapshotGone,
    SnapshotStatus,
)

T = TypeVar("T")

DONE_FILE = "_done.json"
# What DuckDB may use for a plan as long as that is enough. It would fill any memory with blocks of
# the file, which a plan reads once each: more makes nothing faster.
PLAN_MEMORY_MB = 300


class DuckDBWarehouse:
    """The warehouse port over one DuckDB file and a staging folder."""

    def __init__(self, path: Path, staging: Path, *, memory_mb: int, wait_s: float) -> None:
        self._path = path
        self._staging = staging
        self._memory_mb = memory_mb
        self._wait_s = wait_s

    def connection(self) -> Any:
        """The open file, as a context manager; waits while another process holds it."""
        return connect(self._path, wait_s=self._wait_s, memory_mb=self._memory_mb)

    def _briefly(self, bounds: SampleBounds) -> Any:
        """The open file for somebody at a page, who does not wait as long as a job."""
        wait_s = min(self._wait_s, bounds.seconds)
        return connect(self._path, wait_s=wait_s, memory_mb=self._memory_mb)

    def freeze(self, now: datetime) -> datetime:
        """Move the file's own clock on; what is loaded later is visible only after this moment."""
        with self.connection() as con:
            return advance_clock(con, now)

    def has_event(self, account_id: int, event_name: str) -> bool:
        """Whether any event of this name was ever loaded."""
        sql = "SELECT count(*) FROM (FROM events WHERE account_id = ? AND event_name = ? LIMIT 1)"
        with self.connection() as con:
            return bool(con.execute(sql, [account_id, event_name]).fetchall()[0][0])

    def event_names(self, account_id: int, prefix: str, bounds: SampleBounds) -> EventNames:
        """Names of loaded events; raises Transient when the file is held too long."""
        with self._briefly(bounds) as con:
            return take_names(con, account_id, prefix, bounds)

    def inventory(self, selection: Selection, detail: SchemaDetail) -> Inventory:
        """Count the selection by event name and local date."""

        def count(con: duckdb.DuckDBPyConnection) -> Inventory:
            selected(con, selection)
            groups = con.sql(groups_sql(selection)).to_arrow_table()
            return Inventory(groups=groups, schema=discover_schema(con, selection, detail))

        return self._planned(count)

    def sample(self, selection: Selection, bounds: SampleBounds) -> Sample:
        """A look at the selection as it is now; raises Transient when the file is held too long."""
        with self._briefly(bounds) as con:
            return take_sample(con, selection, bounds)

    def submit_snapshot(self, snapshot_id: str, selection: Selection, slicing: Slicing) -> None:
        """Freeze the selection at once; a snapshot that is there already stays as it is."""
        target = self._folder(snapshot_id)
        if (target / DONE_FILE).exists():
            return
        partial = target.with_name(f".{snapshot_id}")

        def freeze(con: duckdb.DuckDBPyConnection) -> None:
            # Whoever held the file before may have made it meanwhile. Only one process holds it,
            # so what is half made now was left by one that died.
            if (target / DONE_FILE).exists():
                return
            rmtree(target, ignore_errors=True)
            rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            try:
                selected(con, selection)
                done = write_snapshot(con, selection, slicing, partial)
                (partial / DONE_FILE).write_text(json.dumps(done))
                # A folder moves as a whole or not at all: readers never see half a snapshot.
                partial.rename(target)
            finally:
                rmtree(partial, ignore_errors=True)

        self._planned(freeze)

    def snapshot(self, snapshot_id: str) -> Snapshot:
        """The counts of a finished snapshot; GONE when there is none."""
        try:
            counts = json.loads((self._folder(snapshot_id) / DONE_FILE).read_text())
        except FileNotFoundError:
            return Snapshot(SnapshotStatus.GONE)
        return Snapshot(SnapshotStatus.DONE, **counts)

    def read_slice(self, snapshot_id: str, slice_no: int) -> pa.Table:
        """The rows of one slice, mapped from its file; raises SnapshotGone."""
        folder = self._folder(snapshot_id)
        if not (folder / DONE_FILE).exists():
            raise SnapshotGone(snapshot_id)
        try:
            source = pa.memory_map(str(folder / f"slice-{slice_no}.arrow"))
        except FileNotFoundError:
            # All rows of this slice were duplicates of others, or hashed elsewhere.
            return pa.table({})
        return pa.ipc.open_file(source).read_all()

    def drop_snapshot(self, snapshot_id: str) -> None:
        """Remove the frozen files; does nothing when they are gone."""
        folder = self._folder(snapshot_id)
        # First what says that all slices are there, or a slice not found would count as empty.
        (folder / DONE_FILE).unlink(missing_ok=True)
        rmtree(folder, ignore_errors=True)

    def retire_snapshot(self, snapshot_id: str) -> None:
        """Remove the frozen files: the warehouse's own file knows what each delivery held."""
        self.drop_snapshot(snapshot_id)

    def count_windows(
        self, selection: Selection, edges: Sequence[datetime]
    ) -> tuple[list[WindowCount], int]:
        """The rows between each edge and the next, as they are now."""
        return self._planned(lambda con: count_windows(con, selection, edges)), 0

    def row_changes(self, before: Sequence[Frozen], after: Frozen) -> RowChanges:
        """Which rows differ, as far as nobody removed them from the file by hand."""
        return self._planned(lambda con: row_changes(con, before, after))

    def _planned(self, step: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """The step's result, with little memory or, where that did not do, with all of it."""
        little = min(PLAN_MEMORY_MB, self._memory_mb)
        try:
            with connect(self._path, wait_s=self._wait_s, memory_mb=little) as con:
                return step(con)
        except duckdb.OutOfMemoryException:
            if little == self._memory_mb:
                raise
        with self.connection() as con:
            return step(con)

    def _folder(self, snapshot_id: str) -> Path:
        return self._staging / snapshot_id
