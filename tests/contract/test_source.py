"""A customer's dataset is looked at and read the same way wherever it lies, and never written."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from shared.adapters.bigquery_source import BigQuerySource
from shared.domain.connections import Access, ConnectionPart, Dataset
from shared.domain.import_columns import ColumnKind
from shared.domain.import_specs import SourceQuery
from shared.domain.watermarks import Watermark, ordinal_of
from shared.errors import CustomerFault
from shared.import_ports import Source
from tests.adapters.bigquery_shop import BigQueryShop
from tests.adapters.bigquery_store import LIMITS
from tests.adapters.datasets import (
    EVENTS,
    ORDERS,
    START,
    duckdb_with,
    folder_with,
    order,
    reading_of,
    rows_of,
    source_of,
)

MAPPING = type(EVENTS)(
    kind=EVENTS.kind,
    identity="uid",
    updated_on="changed",
    created_on="happened",
    event_name="Bought",
)
K = ColumnKind


@dataclass
class Shop:
    """A customer's dataset and how it is opened."""

    source: Source
    # Opens a dataset that is not there.
    elsewhere: Callable[[], Source]
    local: bool


@pytest.fixture(params=["folder", "file", "bigquery"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    """A dataset with the table `orders` of ten rows."""
    rows = [order(number) for number in range(10)]
    if request.param == "folder":
        place = folder_with(tmp_path / "shop", rows)
    elif request.param == "file":
        place = duckdb_with(tmp_path / "shop.duckdb", rows)
    else:
        server = request.getfixturevalue("bigquery")
        return bigquery_shop(server.rest_url, rows)
    missing = Dataset((tmp_path / "missing").as_uri(), "")
    return Shop(source_of(place), lambda: source_of(missing), local=True)


def bigquery_shop(rest_url: str, rows: list[dict[str, Any]]) -> Shop:
    shop = BigQueryShop(rest_url, rows)

    def opened(where: Dataset) -> Source:
        return BigQuerySource(shop.client, lambda: None, where, LIMITS)

    nothing = Dataset(shop.place.project, "nothing")
    return Shop(opened(shop.place), lambda: opened(nothing), local=False)


def read(shop, mapping=MAPPING, **choices):
    described = shop.source.describe(choices.get("query", ORDERS))
    reading = reading_of(described, mapping, **({"key": uuid4().hex} | choices))
    return rows_of(shop.source, reading)


def test_a_dataset_that_works_shows_where_it_is(shop):
    trial = shop.source.try_out(Access.READ_ONLY)
    assert (trial.failed_at, trial.fault) == (None, None)
    assert trial.location == shop.source.location()
    assert "orders" in shop.source.tables()


def test_a_dataset_that_is_not_there_is_told(shop):
    trial = shop.elsewhere().try_out(Access.READ_WRITE)
    assert trial.failed_at is (ConnectionPart.PROJECT if shop.local else ConnectionPart.DATASET)
    assert trial.fault.reason == "import-source-missing"


def test_columns_are_described_without_reading(shop):
    found = shop.source.describe(ORDERS)
    kinds = [column.kind for column in found.columns]
    assert kinds == [K.STRING, K.STRING, K.TIMESTAMP, K.TIMESTAMP, K.FLOAT, K.STRING, K.STRING]
    assert [column.name for column in found.columns][:3] == ["uid", "mail", "happened"]


def test_all_rows_are_read_in_the_wanted_columns(shop):
    found = read(shop)
    assert {row["uid"] for row in found} == {f"user-{n}" for n in range(10)}
    assert list(found[0]) == ["uid", "changed", "happened"]


def test_rows_since_the_watermark_are_read_ties_included(shop):
    since = Watermark(K.TIMESTAMP, ordinal_of(K.TIMESTAMP, START + timedelta(seconds=7)))
    assert {row["uid"] for row in read(shop, since=since)} == {"user-7", "user-8", "user-9"}


def test_a_sample_has_so_many_rows(shop):
    assert len(read(shop, limit=3)) == 3


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT uid, changed, happened FROM orders WHERE price > 5 -- dear ones",
        "WITH dear AS (SELECT * FROM orders WHERE price > 5) "
        "SELECT uid, changed, happened FROM dear;",
    ],
)
def test_one_select_is_read(shop, sql):
    found = read(shop, query=SourceQuery(sql=sql))
    assert {row["uid"] for row in found} == {f"user-{n}" for n in range(5, 10)}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1; SELECT 2",
        "DELETE FROM orders WHERE true",
        "INSERT INTO orders SELECT * FROM orders",
        "DROP TABLE orders",
        "CREATE TABLE more AS SELECT * FROM orders",
        "SELECT 1) FROM (SELECT 2",
        "this is no SQL",
        "SELECT nothing FROM orders",
        "SELECT * FROM missing",
    ],
)
def test_whatever_is_not_one_select_is_refused_and_changes_nothing(shop, sql):
    with pytest.raises(CustomerFault) as caught:
        shop.source.describe(SourceQuery(sql=sql))
    assert caught.value.reason.startswith("import-")
    assert caught.value.message.count(". ") == 0
    assert len(read(shop)) == 10
    assert "more" not in shop.source.tables()


def test_a_table_that_is_not_there_is_refused(shop):
    with pytest.raises(CustomerFault) as caught:
        shop.source.describe(SourceQuery('odd "name" \''))
    assert caught.value.reason == "import-source-missing"
