"""Asks at a steady rate, whatever the answers take, and counts each from when it was due.

One that is slow holds up those behind it as in life: waiting counts as answering.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

RATE_PER_S = 20


def at_a_steady_rate(
    asked: Mapping[str, Callable[[], Any]], requests: int, threads: int
) -> dict[str, dict[str, float]]:
    """The kinds in turn; milliseconds of each kind, as quantiles."""
    names = list(asked)
    found: dict[str, list[float]] = defaultdict(list)
    start = time.perf_counter()

    def answer(number: int) -> None:
        name = names[number % len(names)]
        due = start + number / RATE_PER_S
        time.sleep(max(due - time.perf_counter(), 0))
        asked[name]()
        found[name].append((time.perf_counter() - due) * 1000)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(answer, range(requests)))
    return {name: quantiles(found[name]) for name in sorted(found)}


def quantiles(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "median": round(ordered[len(ordered) // 2], 1),
        "p95": round(ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)], 1),
        "max": round(ordered[-1], 1),
        "count": len(ordered),
    }
