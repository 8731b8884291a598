"""A proxy between a queue's push and the functions, which makes trouble on request, counted."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler
from itertools import cycle

import requests

from tests.servers.loopback import LoopbackServer

# Functions answer far sooner; only a test that fails meets it.
FORWARD_S = 120
PASSED_ON = ("Content-Type", "Authorization", "traceparent")


class Kind(StrEnum):
    """What may go wrong on the way of a push."""

    DUPLICATE = "duplicate"  # forwarded twice at the same time
    REORDER = "reorder"  # held back until a later push has been forwarded
    DELAY = "delay"  # forwarded later
    DROP = "drop"  # answered with 500 and not forwarded


@dataclass
class Trouble:
    """Happens to every n-th push of a route, at most `times` times."""

    kind: Kind
    route: str
    every: int = 1
    times: int = 1_000
    # Pause of a delay; a reordered push waits no longer than this for another one.
    seconds: float = 1.0
    fired: int = 0
    seen: int = 0

    def is_due(self) -> bool:
        """Count a push; whether the trouble is its."""
        self.seen += 1
        due = self.seen % self.every == 0 and self.fired < self.times
        self.fired += due
        return due


@dataclass
class Route:
    """Where pushes of one subscription go: to each of the addresses in turn."""

    targets: Iterator[str]
    # Pushes forwarded so far; who is held back waits for it to grow.
    forwarded: int = 0


@dataclass(frozen=True, slots=True)
class Passed:
    """A push that was answered by its function."""

    route: str
    status: int
    text: str


@dataclass
class PushProxy:
    """A running proxy; add routes first, then troubles at any time."""

    url: str
    passed: list[Passed] = field(default_factory=list)
    _routes: dict[str, Route] = field(default_factory=dict)
    _troubles: list[Trouble] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def route(self, name: str, targets: Sequence[str]) -> str:
        """Take pushes of this name to the targets; gives the address to push to."""
        self._routes[name] = Route(cycle(targets))
        return f"{self.url}/{name}"

    def add(self, trouble: Trouble) -> Trouble:
        """Make this trouble from now on; the first that is due wins."""
        with self._changed:
            self._troubles.append(trouble)
        return trouble

    def statuses(self, route: str) -> list[int]:
        """How the functions of a route answered."""
        with self._changed:
            return [each.status for each in self.passed if each.route == route]

    def handle(self, name: str, headers: dict[str, str], body: bytes) -> int:
        """Take one push; gives the status to answer with."""
        with self._changed:
            mine = (each for each in self._troubles if each.route == name)
            due = next((each for each in mine if each.is_due()), None)
        match due.kind if due else None:
            case Kind.DROP:
                return 500
            case Kind.DELAY if due:
                time.sleep(due.seconds)
            case Kind.REORDER if due:
                self._wait_for_another(name, due.seconds)
            case Kind.DUPLICATE:
                twin = threading.Thread(target=self._forward, args=(name, headers, body))
                twin.start()
                status = self._forward(name, headers, body)
                twin.join()
                return status
        return self._forward(name, headers, body)

    def _wait_for_another(self, name: str, seconds: float) -> None:
        with self._changed:
            route = self._routes[name]
            before = route.forwarded
            self._changed.wait_for(lambda: route.forwarded > before, seconds)

    def _forward(self, name: str, headers: dict[str, str], body: bytes) -> int:
        with self._changed:
            target = next(self._routes[name].targets)
        try:
            answer = requests.post(target, data=body, headers=headers, timeout=FORWARD_S)
            status, text = answer.status_code, answer.text[:200]
        except requests.RequestException as error:
            status, text = 502, type(error).__name__
        with self._changed:
            self._routes[name].forwarded += 1
            self.passed.append(Passed(name, status, text))
            self._changed.notify_all()
        return status


@contextmanager
def running_proxy() -> Iterator[PushProxy]:
    """Listen on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {key: self.headers[key] for key in PASSED_ON if key in self.headers}
            self.send_response(proxy.handle(self.path.strip("/"), headers, body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """The proxy's list tells what passed."""

    server = LoopbackServer(Handler)
    proxy = PushProxy(server.url)
    with server.serving():
        yield proxy
