"""A small engine for discrete events: programs that wait for time, for places, and for their turn.

A program is a generator. It yields seconds to let them pass; a `Pool` for one of its places, which
it gives back itself; `(pool, seconds)` to get True for a place, or False when none came free in
that time; or a `Rate` for its turn.
"""

import heapq
from collections import deque
from collections.abc import Iterator
from typing import Any

Program = Iterator[Any]


class Clock:
    """Plays programs in the order of their times; equal times in the order of their asking."""

    def __init__(self) -> None:
        self.now = 0.0
        self._coming: list[tuple[float, int, Any, Any]] = []
        self._count = 0

    def start(self, program: Program) -> None:
        """Begin a program now."""
        self.at(self.now, program)

    def at(self, time: float, program: Any, answer: Any = None) -> None:
        """Go on with a program, or call a function, at a time."""
        self._count += 1
        heapq.heappush(self._coming, (time, self._count, program, answer))

    def run(self) -> None:
        """Play until nothing is left to come."""
        while self._coming:
            self.now, _, program, answer = heapq.heappop(self._coming)
            if callable(program):
                program()
            else:
                self.go_on(program, answer)

    def go_on(self, program: Any, answer: Any = None) -> None:
        """Let the program do its next step, and wait for what it asks for."""
        try:
            wanted = program.send(answer)
        except StopIteration:
            return
        if isinstance(wanted, Pool):
            wanted.take(program, None)
        elif isinstance(wanted, Rate):
            self.at(wanted.turn(), program)
        elif isinstance(wanted, tuple):
            wanted[0].take(program, wanted[1])
        else:
            self.at(self.now + wanted, program)


class Pool:
    """Places that are taken and given back; who comes first is served first."""

    def __init__(self, clock: Clock, size: int) -> None:
        self._clock = clock
        self.size = size
        self.used = 0
        self.most = 0
        # Places times seconds that were in use.
        self.used_s = 0.0
        self._since = 0.0
        self._waiting: deque[list[Any]] = deque()

    def take(self, program: Program, patience_s: float | None) -> None:
        """Give the program a place as soon as there is one, unless its patience ends before."""
        if self.used < self.size and not self._waiting:
            self._give_to(program)
            return
        entry = [program]
        self._waiting.append(entry)
        if patience_s is not None:
            self._clock.at(self._clock.now + patience_s, lambda: self._lose(entry))

    def give(self) -> None:
        """Take a place back."""
        self._count(-1)
        self._serve()

    def resize(self, size: int) -> None:
        """Have more places, or fewer as they come back."""
        self.size = size
        self._serve()

    def _serve(self) -> None:
        while self._waiting and self.used < self.size:
            entry = self._waiting.popleft()
            if entry[0] is not None:
                self._give_to(entry.pop())
                entry.append(None)

    def _give_to(self, program: Program) -> None:
        self._count(1)
        self.most = max(self.most, self.used)
        self._clock.at(self._clock.now, program, True)

    def _count(self, more: int) -> None:
        self.used_s += self.used * (self._clock.now - self._since)
        self._since = self._clock.now
        self.used += more

    def _lose(self, entry: list[Any]) -> None:
        """The end of somebody's patience; his place in the row stays and is passed over."""
        if entry[0] is not None:
            self._clock.at(self._clock.now, entry.pop(), False)
            entry.append(None)


class Rate:
    """So many turns a second, one after the other; may double as long as it is used."""

    def __init__(self, clock: Clock, per_s: float, doubles_every_s: float | None = None) -> None:
        self._clock = clock
        self._per_s = per_s
        self._doubles_every_s = doubles_every_s
        self._next = 0.0
        # Seconds for which the turns taken would have lasted at this rate.
        self.used_s = 0.0

    def turn(self) -> float:
        """The time of the next turn, which is then taken."""
        per_s = self._per_s
        if self._doubles_every_s:
            per_s *= 2 ** min(10, self._clock.now // self._doubles_every_s)
        time = max(self._clock.now, self._next)
        self._next = time + 1 / per_s
        self.used_s += 1 / per_s
        return time
