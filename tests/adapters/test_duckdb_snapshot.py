"""A local snapshot: written in several passes, one file a slice, the same rows every time."""

from collections import Counter

import pyarrow as pa
import pytest

from shared.adapters import duckdb_snapshot
from shared.ports import Snapshot, SnapshotStatus
from tests.adapters.selections import selection
from tests.warehouse_rows import HOUR, NOW, event, events


def two_names(count):
    return [event(n, event_name="Buy" if n % 3 else "Page View") for n in range(count)]


@pytest.mark.parametrize("open_slices", [3, 1])
def test_more_slices_than_files_may_be_open_are_written_in_several_passes(
    store, monkeypatch, open_slices
):
    monkeypatch.setattr(duckdb_snapshot, "OPEN_SLICES", open_slices)
    rows = two_names(600)
    slicing = store.taken(selection(store.load(rows)), slice_bytes=20_000, slice_files=3)
    assert slicing.slice_count > 6
    assert store.ids("s", slicing) == Counter(row["event_id"] for row in rows)
    assert store.warehouse.snapshot("s") == Snapshot(SnapshotStatus.DONE, rows=600)


def test_duplicates_are_dropped_in_all_passes(store, monkeypatch):
    monkeypatch.setattr(duckdb_snapshot, "OPEN_SLICES", 1)
    early = event(1, event_name="Buy", ingested_at=NOW - 3 * HOUR)
    copies = [event(1, event_name=name, ingested_at=NOW - HOUR) for name in ("A", "Z")]
    chosen = selection(store.load([*copies, early]))
    slicing = store.taken(chosen, slice_files=1)
    assert [table.num_rows for table in store.slices("s", slicing)] == [0, 1, 0]
    assert store.warehouse.snapshot("s") == Snapshot(SnapshotStatus.DONE, rows=1, rows_duplicate=2)


def test_rows_that_no_slice_takes_are_counted_once_in_all_passes(store, monkeypatch):
    monkeypatch.setattr(duckdb_snapshot, "OPEN_SLICES", 1)
    slicing = store.cut(selection(store.load(two_names(200))), slice_bytes=10_000)
    as_of = store.load([event(900, event_name="New"), event(901, event_name="Newer")])
    counted = store.freeze("s", selection(as_of), slicing)
    assert counted == Snapshot(SnapshotStatus.DONE, rows=200, rows_unplaced=2)


def test_of_rows_that_arrived_together_always_the_same_is_kept(store):
    rows = [event(n % 30, props={"copy": n}) for n in range(300)]
    chosen = selection(store.load(rows))
    kept = []
    for snapshot_id in ("a", "b", "c"):
        slicing = store.taken(chosen, snapshot_id)
        tables = [table.sort_by("event_id") for table in store.slices(snapshot_id, slicing)]
        kept.append([table["event_props"].to_pylist() for table in tables])
    assert kept[0] == kept[1] == kept[2]
    assert store.warehouse.snapshot("a").rows_duplicate == 270


def test_a_slice_stays_readable_while_its_snapshot_is_dropped(store):
    slicing = store.taken(selection(store.load(events(range(3)))))
    [table] = store.slices("s", slicing)
    store.warehouse.drop_snapshot("s")
    assert isinstance(table, pa.Table)
    assert sorted(table["event_id"].to_pylist()) == ["e000000", "e000001", "e000002"]


def test_a_snapshot_that_was_taken_is_not_touched_again(store):
    as_of = store.load(events(range(5)))
    slicing = store.taken(selection(as_of))
    made = {path: path.stat().st_mtime_ns for path in store.staging.rglob("*")}
    store.warehouse.submit_snapshot("s", selection(as_of), slicing)
    assert {path: path.stat().st_mtime_ns for path in store.staging.rglob("*")} == made
