"""The local warehouse keeps a clock of its own, which never goes back."""

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
