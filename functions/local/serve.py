"""The command serve: dashboard and API, a scheduler tick a minute and workers, on this machine."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import FrameType

from functions.local.dead_leases import release_dead_leases
from functions.local.local_runs import queue_here
from functions.local.nudges import Nudges
from functions.local.outcomes import Outcome
from functions.local.output import console, errors
from functions.local.runner import Runner
from functions.local.watching import Watching
from shared.errors import InvalidInput, OurFault, SluiceError
from shared.jobs.schedule import schedule
from shared.jobs.services import Services

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
TICK_S = 60.0
# A change is seen this soon while workers are busy, and so is it that the web server has ended.
GLANCE_S = 0.5
# The web server lets requests end for so long; Ctrl-C waits no longer.
WEB_END_S = 10.0


def serve(services: Services, port: int) -> None:
    """Serve until Ctrl-C or SIGTERM; then everything that was started ends, too."""
    queue_here(services)
    with _listening(port) as listener, Nudges() as nudges, _ended_by_signals(nudges):
        with Runner(services) as runner, _web(listener, nudges) as web, Watching(services):
            console.print(f"Sluice: http://{HOST}:{listener.getsockname()[1]}/ (Ctrl-C ends it)")
            _work(services, runner, web, nudges)
        console.print("Sluice has ended.")


def _work(services: Services, runner: Runner, web: subprocess.Popen[bytes], nudges: Nudges) -> None:
    """A tick each minute, and at once after a change; between them, messages are delivered."""
    release_dead_leases(services)
    next_tick = time.monotonic()
    while not nudges.end_asked:
        if web.poll() is not None:
            raise OurFault(
                f"The web server ended by itself (exit code {web.returncode}): mend what the lines "
                "above tell, then start again."
            )
        if time.monotonic() >= next_tick:
            next_tick = time.monotonic() + TICK_S
            _tick(services, runner)
        if runner.busy:
            _report(runner.turn(wait_s=GLANCE_S))
        pause = 0.0 if runner.busy else max(0.0, min(next_tick - time.monotonic(), GLANCE_S))
        changed, messages = nudges.wait(pause)
        runner.add(messages)
        if changed:
            next_tick = time.monotonic()


def _tick(services: Services, runner: Runner) -> None:
    """One tick; one that fails is told, and the next one goes on."""
    limits = services.limits
    if not runner.busy:
        # No message is on its way, so that none can be published twice.
        limits = replace(limits, redeliver_after=timedelta(0))
    try:
        schedule(replace(services, limits=limits), services.clock())
    except SluiceError as error:
        errors.print(f"Tick: {error.message}", markup=False, soft_wrap=True)
    runner.add(queue_here(services).take())


def _report(given_up: list[Outcome]) -> None:
    for outcome in given_up:
        told = f"A message was given up after several attempts ({outcome.text})."
        errors.print(told, markup=False, soft_wrap=True)


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    """A socket on this machine alone; raises InvalidInput when the port cannot be had."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen(128)
        except OSError as error:
            raise InvalidInput(
                f"The port {port} of {HOST} cannot be used ({error.strerror}); end the program"
                f" that uses it, or choose another one, as in --port {port % 60_000 + 1}."
            ) from error
        yield listener


@contextmanager
def _ended_by_signals(nudges: Nudges) -> Iterator[None]:
    """Ctrl-C, a closed terminal and SIGTERM ask for the end instead of breaking off."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        nudges.ask_end()

    before = {
        number: signal.signal(number, ask)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _web(listener: socket.socket, nudges: Nudges) -> Iterator[subprocess.Popen[bytes]]:
    """The web server in a process of its own; it ends with this one, however this one ends."""
    command = [sys.executable, "-m", "functions.local.web"]
    web = subprocess.Popen(
        [*command, str(listener.fileno()), str(nudges.write_end)],
        # It reads its input to the end: that is when this process is gone.
        stdin=subprocess.PIPE,
        pass_fds=(listener.fileno(), nudges.write_end),
        # The command may be given in any folder, to which the paths of its settings belong.
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *_python_path()])},
        # Ctrl-C is for this process.
        start_new_session=True,
    )
    try:
        yield web
    finally:
        web.terminate()
        try:
            web.wait(WEB_END_S)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(web.pid, signal.SIGKILL)
            web.wait()
        assert web.stdin is not None
        web.stdin.close()


def _python_path() -> list[str]:
    known = os.environ.get("PYTHONPATH")
    return [known] if known else []
