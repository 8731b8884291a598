"""Golden files: what a format must look like, byte for byte, in tests/golden.

They are written anew only when asked for, and the difference belongs into the review:

    SLUICE_WRITE_GOLDEN=1 .venv/bin/pytest tests/formats
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "golden"


@pytest.fixture
def golden() -> Callable[[str, bytes], None]:
    """A check that the bytes equal those of the golden file of this name."""

    def check(name: str, found: bytes) -> None:
        if os.environ.get("SLUICE_WRITE_GOLDEN") == "1":
            FOLDER.mkdir(exist_ok=True)
            (FOLDER / name).write_bytes(found)
        assert (FOLDER / name).read_bytes() == found

    return check
