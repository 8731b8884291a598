"""A BigQuery emulator from a venv of its own, REST and Storage Read API, while it is needed."""

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.started import Server, answers_http, free_port, started

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

    answers = answers_http(f"{server.rest_url}/healthz", well=True)
    with tempfile.TemporaryDirectory(prefix="sluice-bigquery-") as folder:
        emulator = Server(
            command,
            Path(folder) / "log",
            lambda: answers() and _listens(read),
            environment=environment,
        )
        with started(emulator):
            yield server


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True
