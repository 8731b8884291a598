"""A second key, what is kept of keys, and refusals that show none."""

import pytest

from shared.errors import (
    InvalidInput,
)
from tests.credentials.keys import key_file, pem
from tests.jobs.house import House
from tests.leaks import found_in

SECOND_ID = "f" * 40


def second_key() -> bytes:
    return key_file(private_key=pem(number=1), private_key_id=SECOND_ID)


def stored(house: House) -> int:
    """How many secrets are kept."""
    return sum(path.is_file() for path in (house.folder / "secrets").rglob("*/*"))


def refused(action) -> str:
    with pytest.raises(InvalidInput) as caught:
        action()
    assert not found_in(str(caught.value))
    return caught.value.message
