"""A BigQuery emulator from a venv of its own, REST and Storage Read API, while it is needed."""

import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.running import free_port, running

VENV = Path(__file__).parents[2] / ".venv-bigquery"
# Larger messages than BigQuery's own, so that a test's slice comes in one of them.
MESSAGE_BYTES_MAX = 200_000_000


@dataclass(frozen=True, slots=True)
class BigQueryServer:
    """Where a running emulator listens."""

    rest_url: str
    # host:port of the Storage Read API.
    read_host: str


@contextmanager
def bigquery_server() -> Iterator[BigQueryServer]:
    """Start an empty emulator on free loopback ports and stop it at the end, for sure."""
    if not (VENV / ".done").exists():
        raise RuntimeError(
            f"The BigQuery emulator is not installed in {VENV.name}; "
            "`make test` and `make setup` install it."
        )
    rest, read = free_port(), free_port()
    server = BigQueryServer(f"http://127.0.0.1:{rest}", f"127.0.0.1:{read}")
    command = [
        str(VENV / "bin" / "bqemulator"),
        "start",
        *("--rest-host=127.0.0.1", f"--rest-port={rest}"),
        *("--grpc-host=127.0.0.1", f"--grpc-port={read}"),
        "--log-level=error",
    ]
    environment = {
        # DuckDB looks for its extensions here; `make` has put the one that is needed there.
        "HOME": str(VENV / "home"),
        "BQEMU_ENABLE_FORMAT_EXTENSIONS": "false",
        "BQEMU_WRITE_API_MAX_REQUEST_BYTES": str(MESSAGE_BYTES_MAX),
    }

    def answers() -> None:
        with urllib.request.urlopen(f"{server.rest_url}/healthz", timeout=5):
            socket.create_connection(("127.0.0.1", read), timeout=5).close()

    with running("The BigQuery emulator", command, answers, environment=environment):
        yield server
