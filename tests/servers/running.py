"""Starts a test server as a process of its own, waits until it answers, and surely stops it."""

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

# Far longer than any start or stop takes; only a server that hangs meets them.
START_S = 60
STOP_S = 10
TAIL_BYTES = 4_000


class DidNotStart(Exception):
    """The server did not come up; the message holds the end of what it said."""


def free_port() -> int:
    """A loopback port that nobody listens at now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(
    name: str,
    command: Sequence[str],
    answers: Callable[[], object],
    *,
    environment: Mapping[str, str] | None = None,
    start_s: float = START_S,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the command as long as needed; it is up once `answers` raises no OSError.

    Its output goes to a file without a name, so it can never block on a full pipe. It gets a
    process group of its own, which is stopped as a whole.
    """
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        try:
            _wait(name, process, answers, start_s, output)
            yield process
        finally:
            _stop(process)


def _wait(
    name: str,
    process: subprocess.Popen[bytes],
    answers: Callable[[], object],
    start_s: float,
    output: object,
) -> None:
    give_up_at = time.monotonic() + start_s
    while process.poll() is None:
        try:
            answers()
        except OSError as error:
            if time.monotonic() > give_up_at:
                raise DidNotStart(f"{name} is silent after {start_s} s: {_tail(output)}") from error
            time.sleep(0.02)
        else:
            return
    raise DidNotStart(f"{name} ended with code {process.returncode}: {_tail(output)}")


def _tail(output: object) -> str:
    assert hasattr(output, "seek")
    output.seek(0)
    return str(output.read()[-TAIL_BYTES:].decode(errors="replace"))


def _stop(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
            return
