"""The local warehouse keeps a clock of its own, which never goes back."""

from shared.adapters.duckdb_file import TICK
from shared.ports import SampleBounds
from tests.adapters.selections import selection
from tests.warehouse_rows import HOUR, NOW, events


def test_a_clock_set_back_between_load_and_freeze_hides_nothing(store):
    store.load(events(range(5)), now=NOW + HOUR)
    frozen_at = store.warehouse.freeze(NOW)
    assert frozen_at > NOW + HOUR
    assert [rows for _, _, rows in store.groups(selection(frozen_at))] == [5]


def test_a_clock_set_back_between_freeze_and_load_shows_nothing_too_early(store):
    store.load(events(range(5)))
    frozen_at = store.warehouse.freeze(NOW + HOUR)
    loaded_at = store.load(events(range(5, 9)), now=NOW - HOUR)
    assert loaded_at > frozen_at
    assert [rows for _, _, rows in store.groups(selection(frozen_at))] == [5]


def test_a_look_leaves_the_clock_alone_and_sees_what_it_would_hide(store):
    store.load(events(range(5)), now=NOW + HOUR)
    first = store.warehouse.freeze(NOW)
    seen = store.warehouse.sample(selection(NOW), SampleBounds(rows=9, seconds=30, bytes=1))
    assert seen.rows.num_rows == 5
    assert store.warehouse.freeze(NOW) - first == TICK
