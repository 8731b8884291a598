"""A fresh local warehouse for each test."""

from pathlib import Path

import pytest

from tests.adapters.selections import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)
