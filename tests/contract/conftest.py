"""The adapters over which the contract suites run."""

from pathlib import Path

import pytest

from tests.adapters.bigquery_store import BigQueryStore
from tests.adapters.selections import LocalStore, Store


@pytest.fixture(params=["duckdb", "bigquery"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty warehouse of each kind."""
    if request.param == "duckdb":
        return LocalStore(tmp_path)
    return BigQueryStore(request.getfixturevalue("bigquery"))
