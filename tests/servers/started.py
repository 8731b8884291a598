"""Starts a server of the tests as a process of its own, waits for it, and surely ends it."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests

# Far longer than any server here needs, also on a busy machine.
PATIENCE_S = 60
# Seconds to end in good order; whoever needs longer is killed.
FAREWELL_S = 5
LOG_TAIL = 2_000


class NotStarted(AssertionError):
    """A server of the tests did not come up; the message says what it wrote."""


def free_port() -> int:
    """A port of loopback on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers_http(url: str) -> Callable[[], bool]:
    """Whether anything, be it an error, answers HTTP at the address."""

    def answers() -> bool:
        try:
            requests.get(url, timeout=5)
        except requests.RequestException:
            return False
        return True

    return answers


@contextmanager
def started(
    command: Sequence[str],
    log: Path,
    ready: Callable[[], bool],
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Iterator[int]:
    """Run `command` until the block ends, its output in `log`; gives its process id.

    Raises NotStarted when it ends, or is not ready in time.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=None if environment is None else {**os.environ, **environment},
            # A group of its own: the servers that it forks end with it.
            start_new_session=True,
        )
    try:
        _wait(process, command, log, ready)
        yield process.pid
    finally:
        _end(process)


def _wait(
    process: subprocess.Popen[bytes], command: Sequence[str], log: Path, ready: Callable[[], bool]
) -> None:
    until = time.monotonic() + PATIENCE_S
    while not ready():
        ended = process.poll() is not None
        if ended or time.monotonic() > until:
            said = log.read_text("utf-8", errors="replace")[-LOG_TAIL:]
            how = f"ended with {process.returncode}" if ended else "does not answer"
            raise NotStarted(f"{Path(command[0]).name} {how}; it said:\n{said}")
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(FAREWELL_S)
        except subprocess.TimeoutExpired:
            continue
    process.wait(FAREWELL_S)
