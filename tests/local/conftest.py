"""What the tests of the local tools share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.warehouse import Shop, open_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """An empty warehouse and a folder for files."""
    with open_shop(tmp_path) as opened:
        yield opened
