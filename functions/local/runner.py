"""Runs everything on one machine: messages of the inline queue go to worker processes.

Each process serves the real entry points and takes one push body at a time, as Cloud Run would
send it. A message that a process died on, or that was not acknowledged, is delivered again.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType

from functions.local.dead_leases import release_leases
from functions.local.fork_server import fork_context, unloadable
from functions.local.outcomes import Message, Outcome
from functions.local.process import serve
from shared.bootstrap import owner_name
from shared.jobs.services import Services
from shared.logs import log

WORKERS = 2
# As the queue in the cloud: then the message is given up, and the next tick drives its work again.
DELIVERIES_MAX = 5
FIRST_BACKOFF_S = 0.2
# So many processes may end before they can do any work.
STILLBORN_MAX = 3
# How Python ends a process on an error that nobody takes; one that is killed ends by a signal.
UNCAUGHT = 1


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    message: Message | None = None


class Runner:
    """Worker processes, started at once and ended with the `with` block."""

    def __init__(self, services: Services, *, workers: int = WORKERS) -> None:
        self._services = services
        self._context = fork_context()
        self._stillborn = 0
        self._waiting: deque[Message] = deque()
        self._workers: list[_Worker] = []
        for _ in range(workers):
            self._workers.append(self._start())

    def __enter__(self) -> "Runner":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self._workers:
            worker.pipe.close()
        for worker in self._workers:
            worker.process.join(timeout=5)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers."""
        return [worker.process.pid for worker in self._workers if worker.process.pid is not None]

    def drain(
        self,
        messages: Iterable[tuple[str, dict[str, int]]],
        on_outcome: Callable[[Outcome], None] = lambda outcome: None,
    ) -> list[Outcome]:
        """Deliver messages, and those that they cause, until none is left.

        Returns the outcomes of the messages that were given up.
        """
        self.add(messages)
        given_up: list[Outcome] = []
        while self.busy:
            given_up += self.turn(on_outcome)
        return given_up

    @property
    def busy(self) -> bool:
        """Whether any message waits or is being worked on."""
        return bool(self._waiting) or any(worker.message for worker in self._workers)

    def add(self, messages: Iterable[tuple[str, dict[str, int]]]) -> None:
        """Take messages to deliver."""
        self._waiting.extend(Message(topic, dict(content)) for topic, content in messages)

    def turn(
        self,
        on_outcome: Callable[[Outcome], None] = lambda outcome: None,
        *,
        wait_s: float | None = None,
    ) -> list[Outcome]:
        """Hand out what can be handed out and wait for an outcome, for so long at most.

        Returns the outcomes of the messages that were given up.
        """
        self._hand_out()
        given_up = []
        for outcome in self._collect(wait_s):
            on_outcome(outcome)
            if not outcome.acknowledged and not self._again(outcome.message):
                given_up.append(outcome)
        return given_up

    def _start(self) -> _Worker:
        here, there = self._context.Pipe()
        # Workers are forked from a process that keeps the environment of its own start.
        args = (there, dict(os.environ))
        process = self._context.Process(target=serve, args=args, daemon=True)
        try:
            process.start()
        except (EOFError, OSError) as error:
            # The process that loads the code for all of them has ended.
            raise unloadable() from error
        there.close()
        return _Worker(process, here)

    def _hand_out(self) -> None:
        for position, worker in enumerate(self._workers):
            if worker.message is not None:
                continue
            message = self._next_ready()
            if message is None:
                return
            message = replace(message, deliveries=message.deliveries + 1)
            try:
                worker.pipe.send((message.topic, message.content))
                worker.message = message
            except OSError:
                self._replace(position)
                self._waiting.append(message)

    def _next_ready(self) -> Message | None:
        now = time.monotonic()
        for _ in range(len(self._waiting)):
            message = self._waiting.popleft()
            if message.not_before <= now:
                return message
            self._waiting.append(message)
        return None

    def _collect(self, wait_s: float | None) -> list[Outcome]:
        busy = {w.pipe: n for n, w in enumerate(self._workers) if w.message is not None}
        if not busy:
            time.sleep(FIRST_BACKOFF_S / 4)
            return []
        outcomes = []
        # Messages that wait for their backoff are looked at again soon.
        for pipe in wait(list(busy), timeout=FIRST_BACKOFF_S if self._waiting else wait_s):
            outcome = self._receive(busy[pipe]) if isinstance(pipe, Connection) else None
            if outcome is not None:
                outcomes.append(outcome)
        return outcomes

    def _receive(self, position: int) -> Outcome | None:
        worker = self._workers[position]
        message, worker.message = worker.message, None
        if message is None:
            return None
        try:
            status, text, published = worker.pipe.recv()
        except (EOFError, OSError):
            self._replace(position)
            return Outcome(message, 500, "worker-died")
        # What a message causes goes first: what was begun is finished before more is begun, or no
        # file would be written before all windows of a hundred exports are planned.
        self._waiting.extendleft(Message(topic, content) for topic, content in reversed(published))
        return Outcome(message, status, text, len(published))

    def _replace(self, position: int) -> None:
        """Start another process for one that died, and free what the dead one held."""
        dead = self._workers[position]
        dead.pipe.close()
        dead.process.join()
        pid = dead.process.pid or 0
        log("worker_died", pid=pid)
        release_leases(self._services, [owner_name(pid)])
        self._stillborn += dead.process.exitcode == UNCAUGHT
        if self._stillborn >= STILLBORN_MAX:
            raise unloadable()
        self._workers[position] = self._start()

    def _again(self, message: Message) -> bool:
        if message.deliveries >= DELIVERIES_MAX:
            return False
        pause = FIRST_BACKOFF_S * 2 ** (message.deliveries - 1)
        self._waiting.append(replace(message, not_before=time.monotonic() + pause))
        return True
