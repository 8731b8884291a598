"""Counting windows again: what came since, what no delivery has, and what a replay changed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.recounts import WindowCount
from shared.domain.selection import Delivered
from shared.domain.windows import Window
from shared.ports import Frozen, SnapshotGone
from tests.adapters.selections import selection
from tests.warehouse_rows import HOUR, NOW, event, events

DAY = Window(NOW - timedelta(days=2), NOW)
MIDDLE = NOW - timedelta(days=1) + timedelta(minutes=2)


def delivered(store, chosen, slicing, snapshot_id="s"):
    store.warehouse.retire_snapshot(snapshot_id)
    window = Window(chosen.start_at, chosen.end_at)
    return Delivered(snapshot_id, slicing.slice_count, window, chosen.as_of)


def frozen(store, chosen, snapshot_id, **limits):
    slicing = store.taken(chosen, snapshot_id, **limits)
    store.warehouse.retire_snapshot(snapshot_id)
    return Frozen(snapshot_id, chosen, slicing)


def counted(store, chosen, *edges):
    return store.warehouse.count_windows(chosen, edges)[0]


def changes(store, before, after):
    found = store.warehouse.row_changes(before, after).changes.to_pylist()
    return [(row["kind"], row["delivery"], row["slice_no"], row["file_no"], row["rows"])
            for row in found]  # fmt: skip


def test_windows_are_counted_as_they_are_now_duplicates_included(store):
    chosen = selection(store.load(events(range(200))))
    store.load([event(3), event(900, ingested_at=NOW - HOUR), event(901, account_id=2)])
    first, second, none = counted(store, chosen, DAY.start_at, MIDDLE, NOW, NOW + HOUR)
    early = sum(row["ingested_at"] < MIDDLE for row in [*events(range(200)), event(3)])
    assert 0 < early == first.rows
    assert first.rows + second.rows == 202
    assert none == WindowCount(0, 0)


def test_a_window_that_stays_as_it_was_has_the_checksum_of_its_snapshot(store):
    rows = events(range(120))
    chosen = selection(store.load([*rows, *rows[:7], rows[0]]))
    store.taken(chosen, slice_bytes=5_000)
    snapshot = store.warehouse.snapshot("s")
    held = WindowCount(snapshot.rows + snapshot.rows_duplicate, snapshot.ids_checksum)
    assert counted(store, chosen, DAY.start_at, NOW) == [held]
    assert held.ids_checksum != 0
    store.load([event(500, ingested_at=NOW - HOUR)])
    [now] = counted(store, chosen, DAY.start_at, NOW)
    assert now.rows == held.rows + 1
    assert now.ids_checksum != held.ids_checksum


def test_an_empty_snapshot_has_the_checksum_of_nothing(store):
    chosen = selection(store.load(events(range(3))), start_at=NOW, end_at=NOW + HOUR)
    store.taken(chosen)
    assert store.warehouse.snapshot("s").ids_checksum == 0
    assert counted(store, chosen, NOW, NOW + HOUR) == [WindowCount(0, 0)]


def test_what_was_missed_is_what_no_delivery_has(store):
    chosen = selection(store.load(events(range(60))))
    slicing = store.taken(chosen, slice_bytes=4_000)
    late = [event(n, ingested_at=NOW - HOUR) for n in range(100, 103)]
    # A row that was delivered came once more: it is no missed one.
    as_of = store.load([*late, event(5, ingested_at=NOW - HOUR), *late[:1]])
    missed = replace(chosen, as_of=as_of, delivered=(delivered(store, chosen, slicing),))
    [count] = counted(store, missed, DAY.start_at, NOW)
    assert count.rows == 4
    assert [rows for _, _, rows in store.groups(missed)] == [4]
    cut = store.taken(missed, "m")
    assert store.ids("m", cut) == {row["event_id"]: 1 for row in late}
    # What a supplement has delivered is not missed any more.
    more = replace(missed, delivered=(*missed.delivered, delivered(store, missed, cut, "m")))
    store.load([event(104, ingested_at=NOW - HOUR)])
    [count] = counted(store, more, DAY.start_at, NOW)
    assert count.rows == 1


def test_only_the_events_of_the_selection_are_missed(store):
    rows = [event(n, event_name=name) for n, name in enumerate(["Buy", "Look"] * 10)]
    chosen = selection(store.load(rows), event_names=("Buy",))
    slicing = store.taken(chosen)
    as_of = store.load([event(50, event_name="Buy"), event(51, event_name="Look")])
    missed = replace(chosen, as_of=as_of, delivered=(delivered(store, chosen, slicing),))
    assert [(name, rows) for name, _, rows in store.groups(missed)] == [("Buy", 1)]


def test_a_replay_tells_row_by_row_what_it_has_else(store):
    first = frozen(store, selection(store.load(events(range(30)))), "a", slice_files=1)
    day = NOW - timedelta(days=4)
    late = [event(n, event_name="Buy", ts=day, ingested_at=NOW - HOUR) for n in range(100, 103)]
    as_of = store.load(late)
    again = frozen(store, selection(as_of), "b", slice_files=1)
    # Slices are in the order of event names.
    assert changes(store, [first], again) == [("added", -1, 0, 0, 3)]
    assert changes(store, [again], first) == [("missing", 0, 0, 0, 3)]
    assert changes(store, [first], first) == []
    assert store.warehouse.row_changes([first], again).rows_before == 30


def test_a_replay_is_compared_with_a_delivery_and_its_supplement(store):
    chosen = selection(store.load(events(range(20))))
    first = frozen(store, chosen, "a")
    told = Delivered("a", first.slicing.slice_count, DAY, chosen.as_of)
    as_of = store.load([event(100, ingested_at=NOW - HOUR)])
    supplement = frozen(store, replace(chosen, as_of=as_of, delivered=(told,)), "m")
    as_of = store.load([event(101, ingested_at=NOW - HOUR)])
    again = frozen(store, selection(as_of), "b")
    assert changes(store, [first, supplement], again) == [("added", -1, 0, 0, 1)]
    assert changes(store, [again], first) == [("missing", 0, 0, 0, 2)]


def test_a_row_with_another_identity_is_a_changed_one(store):
    rows = [event(n, phone=None if n else "+49") for n in range(10)]
    chosen = selection(store.load(rows), identity_columns=("identity", "phone"))
    first = frozen(store, chosen, "a")
    other = frozen(store, replace(chosen, identity_columns=("phone", "identity")), "b")
    assert changes(store, [first], other) == [("changed", -1, 0, 0, 1)]


def test_without_its_tables_nobody_tells_what_was_missed(store):
    chosen = selection(store.load(events(range(9))))
    slicing = store.taken(chosen)
    missed = replace(chosen, delivered=(delivered(store, chosen, slicing),))
    rows = Frozen("s", chosen, slicing)
    store.warehouse.drop_snapshot("s")
    if store.keeps_history:
        assert counted(store, missed, DAY.start_at, NOW) == [WindowCount(0, 0)]
        assert changes(store, [rows], rows) == []
        return
    for ask in (
        lambda: counted(store, missed, DAY.start_at, NOW),
        lambda: store.groups(missed),
        lambda: changes(store, [rows], rows),
    ):
        with pytest.raises(SnapshotGone):
            ask()
