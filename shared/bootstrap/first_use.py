"""Adapters that are slow to load wait until somebody needs them."""

from collections.abc import Callable
from functools import cache
from typing import Any


class OnFirstUse:
    """Stands for an adapter that is slow to load, until somebody asks it for something."""

    def __init__(self, open_adapter: Callable[[], object]) -> None:
        self._open = cache(open_adapter)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._open(), name)
