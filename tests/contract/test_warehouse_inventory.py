"""What the warehouse counts before a window is cut: groups, their bytes, and as of when."""

from datetime import date, timedelta

from shared.ports import SchemaDetail
from tests.adapters.selections import selection
from tests.warehouse_rows import HOUR, NOW, event, events, profile, utc

A_DAY = date(2026, 11, 19)


def test_an_inventory_counts_rows_by_event_name_and_local_date(store):
    at = utc("2026-11-19T22:30:00")
    bought = [event(n, event_name="Buy", ts=at - n * HOUR) for n in range(2)]
    as_of = store.load([*events(range(10, 13)), *bought])
    assert store.groups(selection(as_of)) == [("Buy", A_DAY, 2), ("Page View", A_DAY, 3)]
    assert store.groups(selection(as_of, time_zone="Europe/Berlin", event_names=("Buy",))) == [
        ("Buy", A_DAY, 2)
    ]
    assert store.groups(selection(as_of, time_zone="Europe/Athens", event_names=("Buy",))) == [
        ("Buy", A_DAY, 1),
        ("Buy", A_DAY + timedelta(days=1), 1),
    ]


def test_an_inventory_of_nothing_has_no_groups(store):
    as_of = store.load(events(range(3)))
    nothing = selection(as_of, start_at=NOW + HOUR, end_at=NOW + 2 * HOUR)
    inventory = store.warehouse.inventory(nothing, SchemaDetail.TYPES)
    assert inventory.groups.num_rows == 0
    assert inventory.schema == {}


def test_a_window_takes_its_start_and_leaves_its_end(store):
    start, end = NOW - 5 * HOUR, NOW - HOUR
    tick = timedelta(microseconds=1)
    arrivals = [start - tick, start, end - tick, end]
    as_of = store.load([event(n, ingested_at=at) for n, at in enumerate(arrivals)])
    window = selection(as_of, start_at=start, end_at=end)
    assert [rows for _, _, rows in store.groups(window)] == [2]


def test_other_accounts_and_events_that_were_not_chosen_are_left_out(store):
    as_of = store.load(
        [
            event(1, event_name="Buy"),
            event(2, event_name="buy"),
            event(3, event_name="Buy "),
            event(4, event_name="Buy", account_id=2),
        ]
    )
    assert store.groups(selection(as_of, event_names=("Buy",))) == [("Buy", A_DAY, 1)]


def test_the_bytes_of_a_group_grow_with_its_properties(store):
    as_of = store.load(
        [event(n, event_name="Big", props={"text": "x" * 10_000}) for n in range(10)]
        + events(range(20, 30))
    )
    found = store.warehouse.inventory(selection(as_of), SchemaDetail.NONE).groups.to_pylist()
    size = {each["event_name"]: each["bytes"] for each in found}
    assert 100_000 < size["Big"] < 110_000
    assert 1_000 < size["Page View"] < 5_000


def test_whatever_is_loaded_after_the_freeze_is_not_read(store):
    """Its `ingested_at` may lie in the window all the same: a loader may set it."""
    store.load(events(range(5)))
    frozen_at = store.warehouse.freeze(NOW)
    store.load(events(range(5, 9)), now=NOW)
    assert [rows for _, _, rows in store.groups(selection(frozen_at))] == [5]
    assert [rows for _, _, rows in store.groups(selection(store.warehouse.freeze(NOW)))] == [9]


def test_two_freezes_at_one_moment_are_told_apart(store):
    moments = [store.warehouse.freeze(NOW) for _ in range(3)]
    assert moments == sorted(set(moments))


def test_profiles_are_counted_once_each_in_their_newest_version(store):
    versions = [profile(1), profile(1, updated_at=NOW - HOUR), profile(2)]
    as_of = store.load([*versions, profile(3, deleted=True)], "profiles")
    whole = selection(as_of, profiles=True, time_column="updated_at", start_at=None)
    assert store.groups(whole) == [("", None, 2)]
    changes = selection(as_of, profiles=True, time_column="updated_at")
    assert store.groups(changes) == [("", None, 3)]


def test_an_event_is_known_once_it_was_loaded_under_exactly_this_name(store):
    store.load([*events(range(2)), event(3, event_name="Buy", account_id=2)])
    names = ["Page View", "page view", "Buy"]
    assert [store.warehouse.has_event(1, name) for name in names] == [True, False, False]
