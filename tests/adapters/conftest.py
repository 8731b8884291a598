"""A fresh local warehouse for each test."""

from pathlib import Path

import pytest

from tests.adapters.selections import LocalStore


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path)
