"""What a frozen window holds: every row once, in the part that its id decides."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest

from shared.adapters.row_columns import EVENT_COLUMNS
from shared.ports import Snapshot, SnapshotGone, SnapshotStatus
from tests.adapters.selections import all_profiles, selection
from tests.warehouse_rows import HOUR, NOW, event, events, profile

NAMES = ["Buy", "Page View", "Search", "Sign Up", "Log Out", "Add", "Remove"]


def many(count: int) -> list:
    """Events of all names, the first half of them page views."""
    return [
        event(n, event_name="Page View" if n < count // 2 else NAMES[n % len(NAMES)])
        for n in range(count)
    ]


def frozen(store, snapshot_id="s"):
    """What a finished snapshot holds, without what it cost."""
    return replace(store.warehouse.snapshot(snapshot_id), bytes_processed=0)


def test_every_row_is_in_exactly_one_slice_and_in_the_part_of_its_group(store):
    rows = many(600)
    chosen = selection(store.load(rows))
    slicing = store.taken(chosen, slice_bytes=20_000, slice_files=3)
    assert slicing.slice_count > 6
    assert store.ids("s", slicing) == Counter(row["event_id"] for row in rows)
    assert frozen(store) == Snapshot(SnapshotStatus.DONE, rows=600)
    names = {row["event_id"]: row["event_name"] for row in rows}
    for table, parts in zip(store.slices("s", slicing), slicing.slices(), strict=True):
        for row in table.select(["event_id", "file_no"]).to_pylist():
            assert parts[row["file_no"]].event_name == names[row["event_id"]]


def test_a_snapshot_holds_the_columns_that_files_are_made_of(store):
    row = event(
        1, device='{"make": "Acme"}', session_props='{"s": 1}', control_group="A", phone="+1",
        name="Ann", push_token="t",
    )  # fmt: skip
    texts = ("device", "session_props", "event_props")
    chosen = selection(store.load([row]), identity_columns=("phone", "identity"))
    [table] = store.slices("s", store.taken(chosen))
    assert {table.schema.field(name).type for name in texts} == {pa.json_()}
    [frozen] = table.to_pylist()
    assert frozen.pop("file_no") == 0
    assert frozen.pop("identity") == "+1"
    # Texts that were parsed may be written in another way.
    parsed = {name: json.loads(frozen[name]) for name in texts}
    expected = {name: row[name] for name in EVENT_COLUMNS}
    assert frozen | parsed == expected | {name: json.loads(row[name]) for name in texts}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (("identity", "email", "phone"), "i"),
        (("email", "phone", "identity"), "e"),
        (("phone", "email"), "p"),
    ],
)
def test_the_identity_is_the_first_that_is_neither_missing_nor_empty(store, columns, expected):
    whole = {"identity": "i", "email": "e", "phone": "p"}
    lacking = [whole | {columns[0]: empty} for empty in (None, "")]
    nothing = [dict.fromkeys(whole, empty) for empty in (None, "")]
    rows = [event(n, **each) for n, each in enumerate([whole, *lacking, *nothing])]
    chosen = selection(store.load(rows), identity_columns=columns)
    [table] = store.slices("s", store.taken(chosen))
    found = {row["event_id"]: row["identity"] for row in table.to_pylist()}
    second = whole[columns[1]]
    assert [found[f"e{n:06d}"] for n in range(5)] == [expected, second, second, None, None]


def test_of_rows_with_one_id_the_first_arrived_is_kept_and_the_others_are_counted(
    store,
):
    first = [event(n, props={"copy": 0}) for n in range(50)]
    later = NOW - HOUR
    again = [event(n, props={"copy": 1}, ingested_at=later) for n in range(40)]
    store.load(again)
    chosen = selection(store.load(first))
    slicing = store.taken(chosen, slice_bytes=5_000)
    assert slicing.slice_count > 2
    assert frozen(store) == Snapshot(SnapshotStatus.DONE, rows=50, rows_duplicate=40)
    assert store.ids("s", slicing) == Counter(f"e{n:06d}" for n in range(50))
    kept = [row["event_props"] for t in store.slices("s", slicing) for row in t.to_pylist()]
    assert {json.loads(props)["copy"] for props in kept} == {0}


def test_a_slice_of_nothing_but_duplicates_is_empty(store):
    early = event(1, event_name="Buy", ingested_at=NOW - 3 * HOUR)
    copies = [event(1, event_name=name, ingested_at=NOW - HOUR) for name in ("A", "Z")]
    chosen = selection(store.load([*copies, early]))
    slicing = store.taken(chosen, slice_files=1)
    assert slicing.slice_count == 3
    assert [table.num_rows for table in store.slices("s", slicing)] == [0, 1, 0]
    assert frozen(store) == Snapshot(SnapshotStatus.DONE, rows=1, rows_duplicate=2)


def test_rows_of_days_before_the_window_are_counted_as_late(store):
    rows = events(range(100)) + [
        event(n, ts=NOW - timedelta(days=3), ingested_at=NOW - HOUR) for n in range(200, 230)
    ]
    as_of = store.load([*rows, rows[-1]])
    chosen = selection(as_of, late_before=(NOW - timedelta(days=1)).date())
    store.taken(chosen, slice_bytes=5_000, slice_files=2)
    assert frozen(store) == Snapshot(SnapshotStatus.DONE, rows=130, rows_duplicate=1, rows_late=30)


def test_rows_that_came_after_the_freeze_are_not_in_a_snapshot_taken_later(store):
    store.load(events(range(10)))
    frozen_at = store.warehouse.freeze(NOW)
    store.load([*events(range(10, 20)), *events(range(5))], now=NOW - HOUR)
    slicing = store.taken(selection(frozen_at))
    assert store.ids("s", slicing) == Counter(f"e{n:06d}" for n in range(10))
    assert store.warehouse.snapshot("s").rows_duplicate == 0


def test_rows_that_no_slice_takes_are_counted(store):
    """It cannot happen while plan and snapshot read as of one moment; if it does it must show."""
    before = selection(store.load(many(200)))
    slicing = store.cut(before, slice_bytes=10_000)
    as_of = store.load([event(900, event_name="New"), event(901, event_name="Newer")])
    assert store.freeze("s", selection(as_of), slicing) == Snapshot(
        SnapshotStatus.DONE, rows=200, rows_unplaced=2
    )


def test_an_empty_window_has_an_empty_snapshot(store):
    as_of = store.load(events(range(3)))
    slicing = store.taken(selection(as_of, start_at=NOW + HOUR, end_at=NOW + 2 * HOUR))
    assert slicing.slice_count == 0
    assert frozen(store) == Snapshot(SnapshotStatus.DONE)


def test_profiles_are_frozen_in_their_newest_version_and_cut_by_their_id(store):
    rows = [profile(n, props={"version": 1}) for n in range(100)]
    rows += [profile(n, props={"version": 2}, updated_at=NOW - HOUR) for n in range(50)]
    rows += [profile(n, updated_at=NOW - HOUR, deleted=True) for n in range(90, 100)]
    as_of = store.load(rows, "profiles")
    slicing = store.taken(all_profiles(as_of), slice_bytes=5_000)
    assert slicing.slice_count > 3
    assert store.ids("s", slicing, "object_id") == Counter(f"o{n:06d}" for n in range(90))
    newest = [row for table in store.slices("s", slicing) for row in table.to_pylist()]
    versions = {row["object_id"]: json.loads(row["props"])["version"] for row in newest}
    assert versions == {f"o{n:06d}": 2 if n < 50 else 1 for n in range(90)}


def test_a_snapshot_that_was_never_made_or_was_dropped_is_gone(store):
    assert store.warehouse.snapshot("s").status is SnapshotStatus.GONE
    slicing = store.taken(selection(store.load(events(range(3)))))
    for _ in range(2):
        store.warehouse.drop_snapshot("s")
    assert store.warehouse.snapshot("s").status is SnapshotStatus.GONE
    with pytest.raises(SnapshotGone):
        store.slices("s", slicing)
    assert store.staged() == set()


def test_a_snapshot_that_was_taken_stays_as_it_is(store):
    as_of = store.load(events(range(5)))
    slicing = store.taken(selection(as_of))
    later = store.load(events(range(5, 10)))
    assert store.freeze("s", selection(later), slicing).rows == 5
    assert store.ids("s", slicing) == Counter(f"e{n:06d}" for n in range(5))
