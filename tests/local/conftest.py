"""What the tests of the local tools share."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.warehouse import Shop, open_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """An empty warehouse and a folder for files."""
    with open_shop(tmp_path) as opened:
        yield opened


@pytest.fixture
def home(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the command line's own, whose state has all tables but no rows."""
    folder = tmp_path / "home"
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "state.sqlite")
    monkeypatch.setenv("SLUICE_HOME", str(folder))
    return folder
