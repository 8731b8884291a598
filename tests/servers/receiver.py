"""A customer's server behind TLS that takes webhooks and checks their signatures."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.servers.authority import Authority
from tests.servers.loopback import LoopbackServer

NAME = "hooks.example.com"


@dataclass
class Receiver:
    """What came, and what is answered."""

    port: int
    authority: Authority
    # By which signatures are checked, as a customer got it.
    secret: str = ""
    # Answers in their order; 200 when there is none left.
    answers: list[int] = field(default_factory=list)
    # Ends the connection without an answer so often.
    drops: int = 0
    # Seconds that an answer takes.
    slow: threading.Event = field(default_factory=threading.Event)
    is_slow: bool = False
    # Bodies that were verified, with their headers.
    told: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    forged: int = 0
    # The ids of all messages, verified or not.
    ids: list[str] = field(default_factory=list)
    calls: int = 0

    @property
    def url(self) -> str:
        """As a customer would give it, but for the port."""
        return f"https://{NAME}:{self.port}/in?x=1"


@contextmanager
def running_receiver(folder: Path) -> Iterator[Receiver]:
    """A server on a port of its own."""
    authority = Authority("hooks")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.calls += 1
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.ids.append(headers.get("webhook-id", ""))
            if receiver.drops:
                receiver.drops -= 1
                self.close_connection = True
                return
            if receiver.is_slow:
                receiver.slow.wait(20)
                return
            if receiver.secret:
                try:
                    told = Webhook(receiver.secret).verify(body, headers)
                    receiver.told.append((headers, told))
                except WebhookVerificationError:
                    receiver.forged += 1
            status = receiver.answers.pop(0) if receiver.answers else 200
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "https://169.254.169.254/latest/meta-data")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is written where tests look for secrets."""

    server = LoopbackServer(Handler)
    context: ssl.SSLContext = authority.open_context(folder, NAME)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver = Receiver(server.server_port, authority)
    with server.serving():
        try:
            yield receiver
        finally:
            receiver.slow.set()
