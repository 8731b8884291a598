"""The process that workers are forked from; it can be started before anything else is loaded."""

import multiprocessing
import os
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from pathlib import Path

from shared.errors import OurFault

# Loaded once by the process that all workers are forked from.
PRELOADED = ["functions.local.process", "functions.planner.main", "functions.worker.main"]
ROOT = Path(__file__).parents[2]


def fork_context() -> ForkServerContext:
    """How workers are started."""
    begin_loading()
    return multiprocessing.get_context("forkserver")


def begin_loading() -> None:
    """Let the process load its modules on another core while this one loads its own.

    It looks for them in the folder it is started in, and loads nothing, without a word, where that
    is another one than ours.
    """
    multiprocessing.get_context("forkserver").set_forkserver_preload(PRELOADED)
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), before]))
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def unloadable() -> OurFault:
    """The workers' code, or what it needs, is broken; Python has told of it by then."""
    return OurFault(
        "The workers cannot load the code that they run: mend what the lines above tell, then "
        "start again."
    )
