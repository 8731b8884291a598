"""Lets the monitor go on when one export or one bucket cannot be looked after."""

from collections.abc import Callable
from typing import TypeVar

from shared.errors import SluiceError, Transient
from shared.logs import log

T = TypeVar("T")


def guarded(default: T, work: Callable[[], T]) -> T:
    """What the work gives; `default` when a fault of its own ends it, which is logged.

    Transient faults escape: then nothing else would work either.
    """
    try:
        return work()
    except Transient:
        raise
    except SluiceError as error:
        log("monitor_skipped", reason=error.reason, detail=error.message)
        return default
