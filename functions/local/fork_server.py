"""The process that workers are forked from; it can be started before anything else is loaded."""

import multiprocessing
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

# Loaded once by the process that all workers are forked from.
PRELOADED = ["functions.local.process", "functions.planner.main", "functions.worker.main"]


def fork_context() -> ForkServerContext:
    """How workers are started."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def begin_loading() -> None:
    """Let the process load its modules on another core while this one loads its own."""
    fork_context()
    forkserver.ensure_running()
