"""Child processes of tests: they may be killed, cut off or limited without harm to the test."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from functions.local.fork_server import PRELOADED

KILLED = -signal.SIGKILL
# Far longer than any child needs; only a child that hangs meets it.
PATIENCE_S = 120

# What modules of tests load is loaded once, too. The command line shares this server of forks.
PRELOADED.extend(["pytest", "hypothesis", "tests.jobs.house", "tests.jobs.oracle"])
context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(PRELOADED)


def run_child(function: Callable[..., None], *args: Any) -> int:
    """Call a module's function in a process of its own; gives its exit code, -9 when killed."""
    child = context.Process(target=_as_here, args=(dict(os.environ), function, args))
    child.start()
    child.join(PATIENCE_S)
    if child.exitcode is None:
        child.kill()
        raise AssertionError(f"{function.__name__} hangs")
    return child.exitcode


def _as_here(environment: dict[str, str], function: Callable[..., None], args: Any) -> None:
    """With the test's environment: the server of forks has that of the moment it was started."""
    os.environ.clear()
    os.environ.update(environment)
    function(*args)


def die(marker: Path) -> None:
    """Leave a mark, then be killed as the out-of-memory killer would: nothing is cleaned up."""
    marker.write_text("here", encoding="utf-8")
    os.kill(os.getpid(), signal.SIGKILL)
