"""SQL that is compiled once for all databases of a test process, as in a program that stays up."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Engine, create_engine


class Statements(dict[Any, Any]):
    """What SQLAlchemy has compiled, by the kind of the database instead of by the one it is."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get((key[0].driver, *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__((key[0].driver, *key[1:]), compiled)


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Let each engine take over what those before it have compiled.

    Tests have a database of their own each, and compiling its statements took them a tenth of
    their time.
    """
    statements = Statements()

    def created(*args: Any, **options: Any) -> Engine:
        engine = create_engine(*args, **options)
        engine.update_execution_options(compiled_cache=statements)
        return engine

    with patch("shared.state.engines.create_engine", created):
        yield
