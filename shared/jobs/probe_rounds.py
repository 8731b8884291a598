"""Tries what was not tried for an hour, a few at a time, for a few minutes."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Connection

from shared.jobs.services import Services

T = TypeVar("T")
P = TypeVar("P")

# What is claimed together, for each one that is tried at a time.
BATCHES = 4


def in_rounds(
    services: Services,
    claim: Callable[[Connection, int], list[T]],
    probed: Callable[[T], P],
    *,
    lasts: timedelta,
) -> list[P]:
    """What became of each that `claim` gives, so many at most, until it gives none.

    Two that do so at once share the work. What is left over is due at the next call; what a
    process that died had begun, an hour later.
    """
    at_once = services.limits.probes_at_once
    ends = time.monotonic() + lasts.total_seconds()
    found: list[P] = []
    with ThreadPoolExecutor(at_once) as pool:
        while time.monotonic() < ends:
            due = services.database.run(lambda c: claim(c, BATCHES * at_once))
            if not due:
                break
            found += pool.map(probed, due)
    return found
