"""A house for each test: real services over one temporary folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.house import House


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., House]:
    """Builds a house with settings of the test's own."""

    def built(**settings: Any) -> House:
        return House(tmp_path / "house", **settings).set_up()

    return built


@pytest.fixture
def house(build: Callable[..., House]) -> House:
    return build()
