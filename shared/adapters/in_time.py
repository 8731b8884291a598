"""Gives up on a trial in time, in a thread of its own that nobody waits for in vain."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as OutOfTime
from contextvars import copy_context
from typing import TypeVar

from shared.errors import Transient
from shared.reasons import PROBE_TOO_SLOW

T = TypeVar("T")

# Whoever pressed a button gets an answer before ten have passed.
SECONDS = 8.0


def in_time(work: Callable[[], T], seconds: float = SECONDS) -> T:
    """What the work gives or raises; raises Transient when it takes longer.

    Deadlines of single requests do not bound a server that sends a byte now and then.
    """
    found: Future[T] = Future()
    context = copy_context()
    threading.Thread(
        target=lambda: context.run(_try, work, found), name="probe", daemon=True
    ).start()
    try:
        return found.result(seconds)
    except OutOfTime:
        raise Transient(PROBE_TOO_SLOW.message, reason=PROBE_TOO_SLOW.code) from None


def _try(work: Callable[[], T], found: "Future[T]") -> None:
    try:
        found.set_result(work())
    except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
        found.set_exception(error)
