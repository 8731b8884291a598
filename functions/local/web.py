"""The web server of one machine: the function `api` behind gunicorn, until its input ends."""

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import functions_framework
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from functions.local.nudges import telling
from shared.adapters.inline_queue import InlineQueue
from shared.bootstrap import services

MAIN = Path(__file__).parents[2] / "main.py"
# Requests at the same time: a preview waits for the warehouse, the other pages do not wait for it.
THREADS = 8
REQUEST_LINE_MAX = 8_190  # the most that gunicorn takes
# Requests that are under way when the end is asked for.
GRACE_S = 5


class Web(BaseApplication):  # type: ignore[misc]  # gunicorn has no types.
    """gunicorn with one process of several threads on a socket that is open already."""

    def __init__(self, listener: int, nudges: int) -> None:
        self._listener = listener
        self._nudges = nudges
        super().__init__()

    def load_config(self) -> None:
        """Settings; this process is not the place for gunicorn's own command line."""
        settings = {
            "bind": [f"fd://{self._listener}"],
            "workers": 1,
            "threads": THREADS,
            "timeout": 0,
            "graceful_timeout": GRACE_S,
            "loglevel": "error",
            # Longer ones than filters of any list need, of which the application itself tells.
            "limit_request_line": REQUEST_LINE_MAX,
            "control_socket_disable": True,
            "worker_exit": _leave,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The function as the cloud serves it; called in the process that answers."""
        queue = services().queue
        assert isinstance(queue, InlineQueue)
        app = functions_framework.create_app("api", str(MAIN))  # type: ignore[no-untyped-call]
        return telling(app, self._nudges, queue.take)


def main() -> None:
    """Serve on the file descriptor of the first argument; tell changes to that of the second."""
    threading.Thread(target=_end_with_input, daemon=True).start()
    listener, nudges = map(int, sys.argv[1:3])
    Web(listener, nudges).run()


def _leave(_arbiter: object, worker: Any) -> None:
    """Leave the process that answered without taking the interpreter down piece by piece.

    DuckDB's library would print a page about what is still in memory then. One that could not load
    the application says so by its exit code, or it would be started again for ever.
    """
    if worker.pid != os.getpid():
        return
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0 if worker.booted else Arbiter.WORKER_BOOT_ERROR)


def _end_with_input() -> None:
    """Whoever started this process holds its input open, and is gone when it ends."""
    while os.read(0, 1_024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
