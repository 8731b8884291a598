"""Asks the function `api` over HTTP as browsers and programs do, signed in as they would be.

People send the header that IAP signs, here with a key of our own; programs send an API key.
"""

import os
import random
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from google.auth import crypt, jwt

from bench.asking import PATIENCE_S, Asking
from bench.control_fill import ACCOUNT, ANN, BUSY, FIRST_ID, Sizes
from bench.control_server import AUDIENCE
from bench.processes import cpu_seconds
from bench.steady import at_a_steady_rate
from functions.api.identity import IAP_HEADER
from shared.domain.members import COMMAND_LINE
from shared.jobs.api_keys import create_api_key
from shared.jobs.runs_view import list_runs
from shared.jobs.services import Services
from tests.servers.google_certs import new_elliptic_key, running_cert_server

HERE = Path(__file__).parents[1]
# Each request waits in a thread of its own; the server has eight.
THREADS = 40
# Requests one after the other, by which the server's processor time is told.
COUNTED = 40
WEIGHED = "page: Exports"
_ASSET = re.compile(r'(?:href|src)="(/assets/[^"#]+)')


def measure_http(services: Services, url: str, sizes: Sizes, requests: int) -> dict[str, Any]:
    """Quantiles of each kind, processor time of the server for each, and the weight of a page."""
    key = new_elliptic_key()
    scopes = frozenset({"exports:read", "exports:write", "runs:read"})
    _, secret = create_api_key(services, COMMAND_LINE, ACCOUNT.account_id, "bench", scopes)
    with running_cert_server() as published, _server(url, published.url) as (port, process):
        published.certificates = {"k": key.public_pem}
        person = Asking(port, {IAP_HEADER: _iap_header(key.private_pem)})
        program = Asking(port, {"Authorization": f"Bearer {secret}"})
        asked = _pages(person, services, sizes) | _routes(program, sizes)
        for ask in list(asked.values()) * 3:
            ask()
        cpu_ms = {name: _cpu_ms(ask, process) for name, ask in asked.items()}
        return {
            "http_cpu_ms": cpu_ms,
            "http_ms": at_a_steady_rate(asked, requests, THREADS),
            "page_bytes": _weight(person),
        }


def _pages(ask: Asking, services: Services, sizes: Sizes) -> dict[str, Callable[[], Any]]:
    """What people look at; each picks what it is about at random, the same every time."""
    chance, home = random.Random(4), f"/accounts/{ACCOUNT.account_id}/exports"

    def export(newest: int | None = None) -> str:
        back = chance.randrange(newest or sizes.exports // 2)
        return f"{home}/{sizes.last_id - 2 * back}"

    token = re.search(r'name="csrf_token" value="([^"]+)"', ask.text(f"{home}/new"))
    assert token is not None
    form = {"csrf_token": token[1], "bucket": "gs://bucket-3", "data_type": "all_events"}
    form |= {"frequency": "recurring", "every_hours": "4", "start": "2026-11-20"}
    form |= {"format": "json", "first_line": "yes", "as_string": "no"}
    busy = list_runs(services, ACCOUNT.account_id, sizes.last_id, page_size=20).items
    filters = {"type": "all_events", "format": "json", "status": "PENDING"}
    filters |= {"frequency": "recurring"}
    day = {"exported_from": "2026-11-10", "exported_to": "2026-11-10"}
    return {
        WEIGHED: lambda: ask(f"{home}?items=40"),
        "page: Exports, filters": lambda: ask(f"{home}?items=40&{urlencode(filters | day)}"),
        "page: Exports, one day": lambda: ask(f"{home}?items=40&{urlencode(day)}"),
        "page: Exports, search": lambda: ask(f"{home}?text={export().rpartition('/')[2]}"),
        "page: export": lambda: ask(export()),
        "page: export of 40 events": lambda: ask(export(BUSY - 1)),
        "page: run of 40 events": lambda: ask(
            f"{home}/{sizes.last_id}/runs/{chance.choice(busy).run_id}"
        ),
        "page: form": lambda: ask(f"{home}/new"),
        "page: create": lambda: ask(
            f"{home}/new", form=form | {"request_id": uuid4().hex}, status=303
        ),
    }


def _routes(ask: Asking, sizes: Sizes) -> dict[str, Callable[[], Any]]:
    chance, home = random.Random(5), f"/v1/accounts/{ACCOUNT.account_id}/exports"

    def export() -> str:
        return f"{home}/{FIRST_ID + 2 * chance.randrange(1, sizes.exports // 2)}"

    made = '{"bucket":"gs://bucket-3","data_type":"all_events","frequency":"recurring",'
    made += '"every_minutes":240}'
    filters = "&data_type=all_events&format=json&status=PENDING&frequency=recurring"
    day = "&exported_from=2026-11-10&exported_to=2026-11-10"
    return {
        "API: list": lambda: ask(f"{home}?page_size=40"),
        "API: list, filters": lambda: ask(f"{home}?page_size=40{filters}{day}"),
        "API: export": lambda: ask(export()),
        "API: runs": lambda: ask(f"{export()}/runs"),
        "API: create": lambda: ask(f"{home}?request_id={uuid4().hex}", body=made, status=201),
    }


def _weight(ask: Asking) -> dict[str, int]:
    """Bytes on the wire of a full list, and of all that a browser loads with it the first time."""
    home = f"/accounts/{ACCOUNT.account_id}/exports?items=40"
    assets = sorted(set(_ASSET.findall(ask.text(home))))
    return {"page": len(ask(home)[0]), "assets": sum(len(ask(each)[0]) for each in assets)}


def _cpu_ms(ask: Callable[[], Any], process: int) -> float:
    """Processor time of the server for one request; that of PostgreSQL is not in it."""
    before = cpu_seconds([process])
    for _ in range(COUNTED):
        ask()
    return round((cpu_seconds([process]) - before) * 1000 / COUNTED, 1)


def _iap_header(private_pem: str) -> str:
    now = int(time.time())
    claims = {"iss": "https://cloud.google.com/iap", "aud": AUDIENCE, "email": ANN}
    claims |= {"iat": now, "exp": now + 3_600}
    signer = crypt.EsSigner.from_string(private_pem)
    header: bytes = jwt.encode(signer, claims, key_id="k")
    return header.decode()


@contextmanager
def _server(url: str, keys_url: str) -> Iterator[tuple[int, int]]:
    """The port, and the process that answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        command = [sys.executable, "-m", "bench.control_server", str(listener.fileno()), keys_url]
        process = subprocess.Popen(
            command,
            cwd=HERE,
            env=os.environ | {"STATE_URL": url},
            stdin=subprocess.PIPE,
            pass_fds=[listener.fileno()],
        )
        try:
            yield listener.getsockname()[1], _worker(process.pid)
        finally:
            process.terminate()
            process.wait()


def _worker(pid: int) -> int:
    """The one child of the server that answers."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if children:
            return int(children[0])
        time.sleep(0.1)
    raise RuntimeError("the server did not start")
