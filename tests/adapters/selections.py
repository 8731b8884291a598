"""A warehouse for one test, and selections of its rows."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from shared.adapters.duckdb_warehouse import DuckDBWarehouse
from shared.domain.selection import Selection
from shared.domain.slices import Slicing, cut
from shared.ports import SchemaDetail, Snapshot, SnapshotStatus, Warehouse
from tests.warehouse_rows import NOW, WAIT_S, Row, load

BIG = 10**12
# Far more than the steps of any snapshot of a test.
STEPS_MAX = 30


class Store:
    """A warehouse of either kind, and short ways to use it."""

    warehouse: Warehouse
    # Names of properties whose types this server does not find: it takes them for paths.
    misread_names: frozenset[str] = frozenset()
    # Whether the warehouse itself knows what it held at any moment, without a snapshot.
    keeps_history = False

    def load(self, rows: list[Row], table: str = "events", now: datetime = NOW) -> datetime:
        """Insert rows; gives a moment as of which they are visible."""
        raise NotImplementedError

    def staged(self) -> set[str]:
        """What lies where snapshots are kept."""
        raise NotImplementedError

    def groups(self, chosen: Selection) -> list[tuple[Any, ...]]:
        """(event name, date, rows) of the inventory."""
        found = self.warehouse.inventory(chosen, SchemaDetail.NONE).groups.to_pylist()
        return [(each["event_name"], each["event_date"], each["rows"]) for each in found]

    def schema(self, chosen: Selection, detail: SchemaDetail) -> dict[str, dict[str, str]]:
        return self.warehouse.inventory(chosen, detail).schema

    def cut(self, chosen: Selection, *, slice_bytes: int = BIG, slice_files: int = 200) -> Slicing:
        groups = self.warehouse.inventory(chosen, SchemaDetail.NONE).groups
        return cut(groups, slice_bytes=slice_bytes, slice_files=slice_files)

    def freeze(self, snapshot_id: str, chosen: Selection, slicing: Slicing) -> Snapshot:
        """Submit the snapshot, as often as it takes, until it is no longer being made."""
        for _ in range(STEPS_MAX):
            self.warehouse.submit_snapshot(snapshot_id, chosen, slicing)
            snapshot = self.warehouse.snapshot(snapshot_id)
            if snapshot.status is not SnapshotStatus.RUNNING:
                return replace(snapshot, bytes_processed=0)
        raise AssertionError("the snapshot never ends")

    def taken(self, chosen: Selection, snapshot_id: str = "s", **limits: Any) -> Slicing:
        """The slicing of the selection once its snapshot is made."""
        slicing = self.cut(chosen, **limits)
        assert self.freeze(snapshot_id, chosen, slicing).status is SnapshotStatus.DONE
        return slicing

    def slices(self, snapshot_id: str, slicing: Slicing) -> list[pa.Table]:
        numbers = range(slicing.slice_count)
        return [self.warehouse.read_slice(snapshot_id, number) for number in numbers]

    def ids(self, snapshot_id: str, slicing: Slicing, column: str = "event_id") -> Counter[str]:
        """How often each row stands in all slices together."""
        found: Counter[str] = Counter()
        for table in self.slices(snapshot_id, slicing):
            if table.num_rows:
                found.update(table[column].to_pylist())
        return found


class LocalStore(Store):
    """A DuckDB warehouse, its file and its staging folder."""

    keeps_history = True

    def __init__(self, folder: Path) -> None:
        self.path = folder / "warehouse.duckdb"
        self.staging = folder / "staging"
        self.warehouse = DuckDBWarehouse(self.path, self.staging, memory_mb=500, wait_s=WAIT_S)

    def load(self, rows: list[Row], table: str = "events", now: datetime = NOW) -> datetime:
        return load(self.path, table, rows, now)

    def staged(self) -> set[str]:
        return {path.name for path in self.staging.iterdir()}


def selection(as_of: datetime, **changes: Any) -> Selection:
    """Everything of account 1 that arrived in the two days before NOW, unless told else."""
    chosen = Selection(
        account_id=1,
        profiles=False,
        time_column="ingested_at",
        start_at=NOW - timedelta(days=2),
        end_at=NOW,
        as_of=as_of,
        event_names=(),
        identity_columns=("identity",),
        time_zone="UTC",
        late_before=None,
    )
    return replace(chosen, **changes)


def all_profiles(as_of: datetime) -> Selection:
    """A full base of account 1."""
    return selection(as_of, profiles=True, time_column="updated_at", start_at=None)
