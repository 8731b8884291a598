"""Faults on purpose: something happens before or after the n-th call of one method of a port."""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from shared.bootstrap import open_bucket
from shared.domain.windows import Window
from shared.ports import Bucket
from tests.jobs.house import House

# Seconds that a thread waits for another one; only a test that fails meets it.
PATIENCE_S = 60


def nothing() -> None:
    """What a fault does that only counts."""


@dataclass
class Fault:
    """Acts on chosen calls of `method`, of all the ports it was put on together."""

    method: str
    act: Callable[[], None] = nothing
    numbers: Collection[int] = (1,)
    after: bool = False
    calls: int = 0
    fired: int = 0
    results: list[Any] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def on(self, port: Any) -> Any:
        """The port with this fault in front of it."""
        return _Faulty(port, self)

    def bucket(self, account_id: int, url: str) -> Bucket:
        """Opens buckets with this fault, in place of `Services.bucket`."""
        del account_id  # A folder belongs to whoever names it.
        faulty: Bucket = self.on(open_bucket(url))
        return faulty

    def call(self, method: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Call the method, and act when it is this call's turn."""
        with self._lock:
            self.calls += 1
            due = self.calls in self.numbers
            self.fired += due
        if due and not self.after:
            self.act()
        result = method(*args, **options)
        self.results.append(result)
        if due and self.after:
            self.act()
        return result


class _Faulty:
    def __init__(self, port: Any, fault: Fault) -> None:
        self._port = port
        self._fault = fault

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if name != self._fault.method:
            return method
        return lambda *args, **options: self._fault.call(method, *args, **options)


@dataclass
class Pause:
    """Holds a thread at a place until the test lets it go on."""

    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> None:
        self.reached.set()
        assert self.released.wait(PATIENCE_S), "nobody released the pause"

    def wait(self) -> None:
        """Return once the thread stands at the place."""
        assert self.reached.wait(PATIENCE_S), "the thread never came to the pause"


class Thread(threading.Thread):
    """A thread whose error is raised where it is joined."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._error: BaseException | None = None
        self.result: Any = None

    def run(self) -> None:
        try:
            self.result = self._work()
        except BaseException as error:  # noqa: BLE001 - raised again in `ended`
            self._error = error

    def ended(self) -> Any:
        """Wait for the end; gives the result or raises the error."""
        self.join(PATIENCE_S)
        assert not self.is_alive(), "the thread hangs"
        if self._error is not None:
            raise self._error
        return self.result


def together(*works: Callable[[], Any]) -> list[Any]:
    """Do all works at once, each in a thread of its own; gives their results."""
    threads = [Thread(work) for work in works]
    for thread in threads:
        thread.start()
    return [thread.ended() for thread in threads]


def lease_over(house: House) -> None:
    """Set the clock to a moment at which every lease of now has run out."""
    house.now += house.limits.lease


def hours(window: Window) -> tuple[int, int]:
    """The hours of day between which a window lies."""
    return window.start_at.hour, window.end_at.hour
