"""A look into BigQuery that would cost too much is not taken."""

from datetime import UTC, datetime

import pytest

from shared.adapters import bigquery_sample
from shared.ports import EventNames, SampleBounds
from tests.adapters.bigquery_store import BigQueryStore
from tests.adapters.selections import selection
from tests.warehouse_rows import event, events


@pytest.fixture
def store(bigquery):
    return BigQueryStore(bigquery)


def test_queries_over_the_bound_are_not_run(store):
    as_of = store.load(events(range(5)))
    # The emulator reads nothing that is billed, so that only a bound below that is passed.
    too_little = SampleBounds(rows=5, seconds=30, bytes=-1)
    sample = store.warehouse.sample(selection(as_of), too_little)
    assert (sample.rows.num_rows, sample.groups) == (0, None)
    assert sample.bytes_processed >= 0
    enough = SampleBounds(rows=3, seconds=30, bytes=10**12)
    assert store.warehouse.sample(selection(as_of), enough).rows.num_rows == 3


def test_names_of_events_are_looked_for_where_that_is_cheap_enough(store):
    store.load(events(range(5), event_name="Buy"))
    too_little = SampleBounds(rows=5, seconds=30, bytes=-1)
    assert store.warehouse.event_names(1, "", too_little) == EventNames((), complete=False)


def test_names_of_the_last_day_take_the_place_of_all_where_those_cost_too_much(store, monkeypatch):
    """The emulator bills for nothing, so what the first query would cost is played."""
    store.load(events(range(3), event_name="Old"))
    store.load([event(9, event_name="New", ingested_at=datetime.now(UTC))])
    costs = [2, 1]
    monkeypatch.setattr(bigquery_sample, "dry_bytes", lambda *_: costs.pop(0))
    found = store.warehouse.event_names(1, "", SampleBounds(rows=5, seconds=30, bytes=1))
    assert found == EventNames(("New",), complete=False)
    assert costs == []
