"""Names of events to choose from: each once, in order, of one account, within bounds."""

from dataclasses import replace

import pytest

from shared.ports import EventNames, SampleBounds
from tests.warehouse_rows import event, events

BOUNDS = SampleBounds(rows=5, seconds=30, bytes=10**12)


@pytest.fixture
def named(store):
    names = ("View", "Buy", "View", "Bu\u0301y", "100 % off_'x'", "buy")
    rows = [event(number, event_name=name) for number, name in enumerate(names)]
    store.load([*rows, event(50, account_id=2, event_name="Other account")])
    return store.warehouse


def test_each_name_comes_once_and_in_order(named):
    names = ("100 % off_'x'", "Buy", "Bu\u0301y", "View", "buy")
    assert named.event_names(1, "", BOUNDS) == EventNames(names, complete=True)
    assert named.event_names(2, "", BOUNDS) == EventNames(("Other account",), complete=True)
    assert named.event_names(3, "", BOUNDS) == EventNames((), complete=True)


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ("Bu", ("Buy", "Bu\u0301y")),
        ("Buy", ("Buy",)),
        ("b", ("buy",)),
        ("100 %", ("100 % off_'x'",)),
        ("1%", ()),
        ("_", ()),
        ("' OR 1=1 --", ()),
    ],
)
def test_a_beginning_is_taken_to_the_letter(named, prefix, found):
    assert named.event_names(1, prefix, BOUNDS) == EventNames(found, complete=True)


def test_it_is_told_when_there_are_more(named):
    assert named.event_names(1, "", replace(BOUNDS, rows=2)).names == ("100 % off_'x'", "Buy")
    assert not named.event_names(1, "", replace(BOUNDS, rows=4)).complete
    assert named.event_names(1, "", replace(BOUNDS, rows=5)).complete


def test_a_warehouse_without_events_has_no_names(store):
    store.load(events(range(0)))
    assert store.warehouse.event_names(1, "", BOUNDS) == EventNames((), complete=True)
