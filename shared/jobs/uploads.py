"""Uploads the files of a slice one after the other, while the next one is being encoded."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from types import TracebackType


class Uploads:
    """A second thread with one upload at most: two files are held, one coming and one going.

    At the end it waits for what is under way, so that nobody closes a spool that is being read.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "upload")
        self._outstanding: Future[None] | None = None

    def settle(self) -> None:
        """Wait for the upload that is under way, if any; raises its fault."""
        outstanding, self._outstanding = self._outstanding, None
        if outstanding is not None:
            outstanding.result()

    def start(self, upload: Callable[[], None]) -> None:
        """Settle the last upload and let this one begin."""
        self.settle()
        # With the context of the request, whose trace the log names.
        self._outstanding = self._thread.submit(copy_context().run, upload)

    def __enter__(self) -> "Uploads":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.shutdown(wait=True)
        if error is None:
            self.settle()
