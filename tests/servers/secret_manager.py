"""A Secret Manager server on the loopback: the drongo package's, in a process of its own."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.servers.started import Server, answers_http, free_port, started

PROJECT = "test-project"


@contextmanager
def running_secret_manager() -> Iterator[str]:
    """Start a server that holds nothing; gives its address.

    It knows secrets, versions and their states. It checks no rights and sends no checksums, and
    it destroys a destroyed version again where Google refuses: those are played by a FaultProxy.
    """
    if find_spec("drongo") is None:
        raise ModuleNotFoundError("drongo is missing; install requirements-dev.txt")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "drongo.cli", "server", "--host", "127.0.0.1"]
    with tempfile.TemporaryDirectory(prefix="sluice-secrets-") as folder:
        server = Server(
            [*command, "--port", str(port)],
            Path(folder) / "log",
            answers_http(f"{url}/drongo/health", well=True),
        )
        with started(server):
            yield url
