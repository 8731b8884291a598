"""A look into BigQuery that would cost too much is not taken."""

import pytest

from shared.ports import SampleBounds
from tests.adapters.bigquery_store import BigQueryStore
from tests.adapters.selections import selection
from tests.warehouse_rows import events


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
