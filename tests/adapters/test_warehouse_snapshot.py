"""What a frozen window holds: every row once, in the part that its id decides."""

from collections import Counter
from datetime import timedelta

import pyarrow as pa
import pytest

from shared.adapters import duckdb_snapshot
from shared.ports import Snapshot, SnapshotGone, SnapshotStatus
from tests.adapters.selections import selection
from tests.warehouse_rows import HOUR, NOW, event, events, profile

NAMES = ["Buy", "Page View", "Search", "Sign Up", "Log Out", "Add", "Remove"]


def many(count: int) -> list:
    """Events of all names, the first half of them page views."""
    return [
        event(n, event_name="Page View" if n < count // 2 else NAMES[n % len(NAMES)])
        for n in range(count)
    ]


def taken(store, chosen, snapshot_id="s", **limits):
    """The slicing of the selection once its snapshot is made."""
    slicing = store.cut(chosen, **limits)
    store.warehouse.submit_snapshot(snapshot_id, chosen, slicing)
    return slicing


@pytest.mark.parametrize("open_slices", [400, 3, 1])
def test_every_row_is_in_exactly_one_slice_and_in_the_part_of_its_group(
    store, monkeypatch, open_slices
):
    monkeypatch.setattr(duckdb_snapshot, "OPEN_SLICES", open_slices)
    rows = many(600)
    chosen = selection(store.load(rows))
    slicing = taken(store, chosen, slice_bytes=20_000, slice_files=3)
    assert slicing.slice_count > 6
    assert store.ids("s", slicing) == Counter(row["event_id"] for row in rows)
    assert store.warehouse.snapshot("s") == Snapshot(SnapshotStatus.DONE, rows=600)
    names = {row["event_id"]: row["event_name"] for row in rows}
    for table, parts in zip(store.slices("s", slicing), slicing.slices(), strict=True):
        for row in table.select(["event_id", "file_no"]).to_pylist():
            assert parts[row["file_no"]].event_name == names[row["event_id"]]


def test_a_snapshot_holds_the_columns_that_files_are_made_of(store):
    row = event(
        1, device='{"make": "Acme"}', session_props='{"s": 1}', control_group="A", phone="+1",
        name="Ann", push_token="t",
    )  # fmt: skip
    chosen = selection(store.load([row]), identity_columns=("phone", "identity"))
    [frozen] = store.slices("s", taken(store, chosen))[0].to_pylist()
    assert frozen.pop("file_no") == 0
    assert frozen.pop("identity") == "+1"
    assert frozen == {
        column: row[column] for column in duckdb_snapshot.EVENT_COLUMNS if column in row
    }


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (("identity", "email", "phone"), "i"),
        (("email", "phone", "identity"), "e"),
        (("phone", "email"), "p"),
    ],
)
@pytest.mark.parametrize("empty", [None, ""])
def test_the_identity_is_the_first_that_is_neither_missing_nor_empty(
    store, columns, expected, empty
):
    whole = {"identity": "i", "email": "e", "phone": "p"}
    first_missing = whole | {columns[0]: empty}
    none = dict.fromkeys(whole, empty)
    rows = [event(n, **each) for n, each in enumerate([whole, first_missing, none])]
    chosen = selection(store.load(rows), identity_columns=columns)
    [table] = store.slices("s", taken(store, chosen))
    found = {row["event_id"]: row["identity"] for row in table.to_pylist()}
    assert found == {"e000000": expected, "e000001": whole[columns[1]], "e000002": None}


@pytest.mark.parametrize("open_slices", [400, 1])
def test_of_rows_with_one_id_the_first_arrived_is_kept_and_the_others_are_counted(
    store, monkeypatch, open_slices
):
    monkeypatch.setattr(duckdb_snapshot, "OPEN_SLICES", open_slices)
    first = [event(n, props={"copy": 0}) for n in range(50)]
    later = NOW - HOUR
    again = [event(n, props={"copy": 1}, ingested_at=later) for n in range(40)]
    store.load(again)
    chosen = selection(store.load(first))
    slicing = taken(store, chosen, slice_bytes=5_000)
    assert slicing.slice_count > 2
    assert store.warehouse.snapshot("s") == Snapshot(
        SnapshotStatus.DONE, rows=50, rows_duplicate=40
    )
    assert store.ids("s", slicing) == Counter(f"e{n:06d}" for n in range(50))
    kept = [row["event_props"] for t in store.slices("s", slicing) for row in t.to_pylist()]
    assert all('"copy": 0' in props for props in kept)


def test_of_rows_that_arrived_together_always_the_same_is_kept(store):
    rows = [event(n % 30, props={"copy": n}) for n in range(300)]
    chosen = selection(store.load(rows))
    kept = []
    for snapshot_id in ("a", "b", "c"):
        slicing = taken(store, chosen, snapshot_id)
        tables = [table.sort_by("event_id") for table in store.slices(snapshot_id, slicing)]
        kept.append([table["event_props"].to_pylist() for table in tables])
    assert kept[0] == kept[1] == kept[2]
    assert store.warehouse.snapshot("a").rows_duplicate == 270


@pytest.mark.parametrize("open_slices", [400, 1])
def test_a_slice_of_nothing_but_duplicates_is_empty(store, monkeypatch, open_slices):
    monkeypatch.setattr(duckdb_snapshot, "OPEN_SLICES", open_slices)
    early = event(1, event_name="Buy", ingested_at=NOW - 3 * HOUR)
    copies = [event(1, event_name=name, ingested_at=NOW - HOUR) for name in ("A", "Z")]
    chosen = selection(store.load([*copies, early]))
    slicing = taken(store, chosen, slice_files=1)
    assert slicing.slice_count == 3
    assert [table.num_rows for table in store.slices("s", slicing)] == [0, 1, 0]
    assert store.warehouse.snapshot("s") == Snapshot(SnapshotStatus.DONE, rows=1, rows_duplicate=2)


def test_rows_of_days_before_the_window_are_counted_as_late(store):
    rows = events(range(100)) + [
        event(n, ts=NOW - timedelta(days=3), ingested_at=NOW - HOUR) for n in range(200, 230)
    ]
    as_of = store.load([*rows, rows[-1]])
    chosen = selection(as_of, late_before=(NOW - timedelta(days=1)).date())
    taken(store, chosen, slice_bytes=5_000, slice_files=2)
    assert store.warehouse.snapshot("s") == Snapshot(
        SnapshotStatus.DONE, rows=130, rows_duplicate=1, rows_late=30
    )


def test_rows_that_came_after_the_freeze_are_not_in_a_snapshot_taken_later(store):
    store.load(events(range(10)))
    frozen_at = store.warehouse.freeze(NOW)
    store.load([*events(range(10, 20)), *events(range(5))], now=NOW - HOUR)
    slicing = taken(store, selection(frozen_at))
    assert store.ids("s", slicing) == Counter(f"e{n:06d}" for n in range(10))
    assert store.warehouse.snapshot("s").rows_duplicate == 0


@pytest.mark.parametrize("open_slices", [400, 1])
def test_rows_that_no_slice_takes_are_counted(store, monkeypatch, open_slices):
    """It cannot happen while plan and snapshot read as of one moment; if it does it must show."""
    monkeypatch.setattr(duckdb_snapshot, "OPEN_SLICES", open_slices)
    before = selection(store.load(many(200)))
    slicing = store.cut(before, slice_bytes=10_000)
    as_of = store.load([event(900, event_name="New"), event(901, event_name="Newer")])
    store.warehouse.submit_snapshot("s", selection(as_of), slicing)
    assert store.warehouse.snapshot("s") == Snapshot(SnapshotStatus.DONE, rows=200, rows_unplaced=2)


def test_an_empty_window_has_an_empty_snapshot(store):
    as_of = store.load(events(range(3)))
    slicing = taken(store, selection(as_of, start_at=NOW + HOUR, end_at=NOW + 2 * HOUR))
    assert slicing.slice_count == 0
    assert store.warehouse.snapshot("s") == Snapshot(SnapshotStatus.DONE)


def test_profiles_are_frozen_in_their_newest_version_and_cut_by_their_id(store):
    rows = [profile(n, props={"version": 1}) for n in range(100)]
    rows += [profile(n, props={"version": 2}, updated_at=NOW - HOUR) for n in range(50)]
    rows += [profile(n, updated_at=NOW - HOUR, deleted=True) for n in range(90, 100)]
    as_of = store.load(rows, "profiles")
    chosen = selection(as_of, profiles=True, time_column="updated_at", start_at=None)
    slicing = taken(store, chosen, slice_bytes=5_000)
    assert slicing.slice_count > 3
    assert store.ids("s", slicing, "object_id") == Counter(f"o{n:06d}" for n in range(90))
    newest = [row for table in store.slices("s", slicing) for row in table.to_pylist()]
    assert all(('"version": 2' in r["props"]) is (r["object_id"] < "o000050") for r in newest)


def test_a_snapshot_that_was_never_made_or_was_dropped_is_gone(store):
    assert store.warehouse.snapshot("s").status is SnapshotStatus.GONE
    slicing = taken(store, selection(store.load(events(range(3)))))
    for _ in range(2):
        store.warehouse.drop_snapshot("s")
    assert store.warehouse.snapshot("s").status is SnapshotStatus.GONE
    with pytest.raises(SnapshotGone):
        store.slices("s", slicing)
    assert list(store.staging.iterdir()) == []


def test_a_slice_stays_readable_while_its_snapshot_is_dropped(store):
    slicing = taken(store, selection(store.load(events(range(3)))))
    [table] = store.slices("s", slicing)
    store.warehouse.drop_snapshot("s")
    assert isinstance(table, pa.Table)
    assert sorted(table["event_id"].to_pylist()) == ["e000000", "e000001", "e000002"]


def test_a_snapshot_that_was_taken_stays_as_it_is(store):
    as_of = store.load(events(range(5)))
    slicing = taken(store, selection(as_of))
    made = {path: path.stat().st_mtime_ns for path in store.staging.rglob("*")}
    store.warehouse.submit_snapshot("s", selection(as_of), slicing)
    assert {path: path.stat().st_mtime_ns for path in store.staging.rglob("*")} == made
