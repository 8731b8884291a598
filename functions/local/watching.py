"""Looks after exports on this machine as the function monitor does: hourly; mail each minute."""

import threading
import time
from collections.abc import Callable
from types import TracebackType

from functions.local.output import errors
from shared.errors import SluiceError
from shared.jobs.monitor import monitor
from shared.jobs.outbox import send_outbox
from shared.jobs.services import Services

LOOK_S = 3_600.0
OUTBOX_S = 60.0


class Watching:
    """A thread that looks while the `with` block lasts.

    It may end in the middle of anything: the next look goes on from there.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._work, name="watching", daemon=True)

    def __enter__(self) -> "Watching":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()

    def _work(self) -> None:
        next_look = time.monotonic()
        while not self._end.is_set():
            if time.monotonic() >= next_look:
                next_look = time.monotonic() + LOOK_S
                self._try("Monitor", lambda: monitor(self._services, self._services.clock()))
            self._try("Outbox", lambda: send_outbox(self._services, self._services.clock()))
            self._end.wait(OUTBOX_S)

    def _try(self, title: str, work: Callable[[], object]) -> None:
        """One that fails is told, and the next one goes on."""
        try:
            work()
        except SluiceError as error:
            if not self._end.is_set():
                errors.print(f"{title}: {error.message}", markup=False, soft_wrap=True)
