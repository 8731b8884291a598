"""The deployed functions as processes of their own, each behind the framework's web server."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.started import Server, answers_http, free_port, started

ROOT = Path(__file__).parents[2]
# One push at a time, as Cloud Run is told to send them to one instance.
THREADS = {"planner": 1, "worker": 1, "scheduler": 2, "monitor": 2}


@dataclass(frozen=True, slots=True)
class Process:
    """A function that runs."""

    name: str
    url: str
    pid: int
    log: Path

    def said(self) -> str:
        """What it wrote so far."""
        return self.log.read_text("utf-8", errors="replace")


@contextmanager
def running_functions(
    folder: Path, environment: Mapping[str, str], *, workers: int = 2
) -> Iterator[dict[str, list[Process]]]:
    """Start scheduler, planner, workers and monitor; gives the processes by function."""
    names = ["scheduler", "planner", *["worker"] * workers, "monitor"]
    ports = [free_port() for _ in names]
    servers = [
        _server(name, port, folder / f"{name}-{port}.log", environment)
        for name, port in zip(names, ports, strict=True)
    ]
    found: dict[str, list[Process]] = {name: [] for name in names}
    with started(*servers) as pids:
        for name, port, pid, server in zip(names, ports, pids, servers, strict=True):
            found[name].append(Process(name, f"http://127.0.0.1:{port}", pid, server.log))
        yield found


def _server(name: str, port: int, log: Path, environment: Mapping[str, str]) -> Server:
    """The function as the cloud's build would start it."""
    command = [sys.executable, "-m", "functions_framework", "--target", name]
    command += ["--source", str(ROOT / "main.py"), "--host", "127.0.0.1", "--port", str(port)]
    # The framework answers this itself; any other address would call the function.
    ready = answers_http(f"http://127.0.0.1:{port}/robots.txt")
    own = {"THREADS": str(THREADS[name]), **environment}
    return Server(command, log, ready, own, ROOT)
