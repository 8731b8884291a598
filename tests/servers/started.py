"""Starts servers of the tests as processes of their own, waits for them, and surely ends them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests

# Far longer than any server here needs, also on a busy machine.
PATIENCE_S = 60
# Seconds to end in good order; whoever needs longer is killed.
FAREWELL_S = 3
LOG_TAIL = 2_000
# Becomes the server, which Linux then ends with the tests, even when they are killed themselves.
END_WITH_THE_TESTS = """
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL
os.execvp(sys.argv[1], sys.argv[1:])
"""


class NotStarted(AssertionError):
    """A server of the tests did not come up; the message says what it wrote."""


@dataclass(frozen=True, slots=True)
class Server:
    """How to start one, and how to tell that it is ready."""

    command: Sequence[str]
    # What it writes goes here.
    log: Path
    ready: Callable[[], bool]
    # Added to the environment of the tests.
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    # How long it may take until it is ready, in seconds.
    patience_s: float = PATIENCE_S


def free_port() -> int:
    """A port of loopback on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers_http(url: str, *, well: bool = False) -> Callable[[], bool]:
    """Whether anything, be it an error, answers HTTP at the address; `well` wants no error."""

    def answers() -> bool:
        try:
            answer = requests.get(url, timeout=5)
        except requests.RequestException:
            return False
        return answer.ok or not well

    return answers


@contextmanager
def started(*servers: Server) -> Iterator[list[int]]:
    """Run the servers side by side until the block ends; gives their process ids.

    Raises NotStarted when one ends, or is not ready in time.
    """
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for server in servers:
            processes.append(_start(server))
        for server, process in zip(servers, processes, strict=True):
            _wait(server, process)
        yield [process.pid for process in processes]
    finally:
        _end(processes)


def _start(server: Server) -> subprocess.Popen[bytes]:
    with server.log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-c", END_WITH_THE_TESTS, *server.command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=server.folder,
            env={**os.environ, **server.environment},
            # A group of its own: the processes that it forks end with it.
            start_new_session=True,
        )


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + server.patience_s
    while not server.ready():
        ended = process.poll() is not None
        if ended or time.monotonic() > until:
            said = server.log.read_text("utf-8", errors="replace")[-LOG_TAIL:]
            how = f"ended with {process.returncode}" if ended else "does not answer"
            raise NotStarted(f"{' '.join(server.command)} {how}; it said:\n{said}")
        time.sleep(0.05)


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ask all groups to end, then kill what is left of them, and wait for every one."""
    for process in processes:
        _signal(process, signal.SIGTERM)
    until = time.monotonic() + FAREWELL_S
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, until - time.monotonic()))
        # Also when it has ended: a process that it forked may still be there.
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
