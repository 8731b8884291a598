"""A look into a warehouse: the earliest rows and the counts, within bounds, nothing left behind."""

from dataclasses import replace

from shared.adapters.row_columns import EVENT_COLUMNS, PROFILE_COLUMNS
from shared.ports import SampleBounds
from tests.adapters.selections import all_profiles, selection
from tests.warehouse_rows import HOUR, NOW, event, events, profile

BOUNDS = SampleBounds(rows=5, seconds=30, bytes=10**12)


def test_the_earliest_rows_come_in_order_with_all_that_a_format_needs(store):
    rows = [event(n, ts=NOW - (n + 1) * HOUR) for n in range(8)]
    as_of = store.load([*rows, event(50, account_id=2)])
    sample = store.warehouse.sample(selection(as_of), BOUNDS)
    assert sample.rows["event_id"].to_pylist() == [f"e{n:06d}" for n in (7, 6, 5, 4, 3)]
    assert set(sample.rows.column_names) == {*EVENT_COLUMNS, "event_name", "identity"}
    assert sample.rows["identity"][0].as_py() == "user-7"


def test_the_counts_are_those_of_an_inventory(store):
    as_of = store.load([*events(range(6)), event(9, event_name="Buy")])
    sample = store.warehouse.sample(selection(as_of), BOUNDS)
    found = [(each["event_name"], each["rows"]) for each in sample.groups.to_pylist()]
    assert found == [("Buy", 1), ("Page View", 6)]
    assert sample.groups.schema.names == ["event_name", "event_date", "rows", "bytes"]


def test_profiles_come_once_each_in_their_newest_version(store):
    as_of = store.load([profile(1), profile(1, updated_at=NOW - HOUR), profile(2)], "profiles")
    sample = store.warehouse.sample(all_profiles(as_of), BOUNDS)
    assert sample.rows["object_id"].to_pylist() == ["o000001", "o000002"]
    assert set(sample.rows.column_names) == {*PROFILE_COLUMNS, "identity"}
    assert [each["rows"] for each in sample.groups.to_pylist()] == [2]


def test_what_is_loaded_is_seen_whatever_the_moment_in_the_selection(store):
    as_of = store.load(events(range(3)))
    store.load(events(range(3, 5)))
    early = replace(selection(as_of), as_of=as_of)
    assert store.warehouse.sample(early, BOUNDS).rows.num_rows == 5


def test_nothing_gives_no_rows_and_no_groups(store):
    as_of = store.load(events(range(3)))
    later = selection(as_of, start_at=NOW + HOUR, end_at=NOW + 2 * HOUR)
    sample = store.warehouse.sample(later, BOUNDS)
    assert (sample.rows.num_rows, sample.groups.num_rows) == (0, 0)
