"""A BigQuery emulator from a venv of its own, REST and Storage Read API, while it is needed."""

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

VENV = Path(__file__).parents[2] / ".venv-bigquery"
# Starting takes two seconds; a busy machine may need many times that.
START_S = 120
# It may hang when it is asked to stop while a client still holds a connection.
STOP_S = 3
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
    program = VENV / "bin" / "bqemulator"
    if not (VENV / ".done").exists():
        raise RuntimeError(
            f"The BigQuery emulator is not installed in {VENV.name}; "
            "`make test` and `make setup` install it."
        )
    with tempfile.TemporaryDirectory(prefix="sluice-bq-") as name:
        folder = Path(name)
        log = folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [program, "start", "--rest-port=0", "--grpc-port=0", "--log-format=json"],
                cwd=folder,
                env=_environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield _wait_until_it_listens(process, log)
        finally:
            _stop(process)


def _environment(folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", ""),
        # DuckDB looks for its extensions here; `make` has put the one that is needed there.
        "HOME": str(VENV / "home"),
        "TMPDIR": str(folder),
        "BQEMU_REST_HOST": "127.0.0.1",
        "BQEMU_GRPC_HOST": "127.0.0.1",
        "BQEMU_ENABLE_FORMAT_EXTENSIONS": "false",
        "BQEMU_WRITE_API_MAX_REQUEST_BYTES": str(MESSAGE_BYTES_MAX),
    }


def _wait_until_it_listens(process: subprocess.Popen[bytes], log: Path) -> BigQueryServer:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        ports = _ports(log)
        if len(ports) == 2:
            return BigQueryServer(
                f"http://127.0.0.1:{ports['rest.listen']}", f"127.0.0.1:{ports['grpc.listen']}"
            )
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"The BigQuery emulator did not start: {log.read_text('utf-8')[-2000:]}")


def _ports(log: Path) -> dict[str, int]:
    """The ports that it says it listens on."""
    found = {}
    for line in log.read_text("utf-8").splitlines():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(entry, dict) and entry.get("event") in ("rest.listen", "grpc.listen"):
            found[entry["event"]] = int(entry["port"])
    return found


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
