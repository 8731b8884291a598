"""The table of entry points; run by hand (`python main.py COMMAND`) it is the command line.

An entry point, its folder and its deployed name are one word. Each is imported when it is asked
for, so that a function pays at its cold start for its own imports and for nobody else's.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

ENTRY_POINTS = {
    "scheduler": "functions.scheduler.main",
    "planner": "functions.planner.main",
    "worker": "functions.worker.main",
    "prober": "functions.prober.main",
    "importer": "functions.importer.main",
    "monitor": "functions.monitor.main",
    "api": "functions.api.main",
}


def __getattr__(name: str) -> Callable[..., Any]:
    """Return the handler of that name; the functions framework asks for it as an attribute."""
    if name not in ENTRY_POINTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    handler: Callable[..., Any] = getattr(import_module(ENTRY_POINTS[name]), name)
    return handler


if __name__ == "__main__":
    from functions.local.cli import main as command_line

    command_line()
