"""A proxy before an HTTP server that passes all through, except where a test asks for a fault."""

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from tests.servers.faults import Fault, Request, google_error
from tests.servers.pass_through import PassThrough, ProxyServer

__all__ = ["Fault", "FaultProxy", "Request", "google_error"]


class FaultProxy:
    """`with FaultProxy(upstream_url) as proxy:` listens at `proxy.url` on the loopback."""

    def __init__(self, upstream_url: str) -> None:
        parts = urlsplit(upstream_url)
        self.upstream_url = f"{parts.scheme}://{parts.netloc}"
        self.upstream = (str(parts.hostname), int(parts.port or 80))
        self.requests: list[Request] = []
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self._faults: list[Fault] = []
        self._sockets: set[socket.socket] = set()
        self._server = ProxyServer(("127.0.0.1", 0), PassThrough)
        self._server.proxy = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        """The address to use in place of the server's."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def add(self, fault: Fault) -> Fault:
        """Let this fault happen; the test asserts on its `fired`."""
        with self.lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Forget all faults and all requests."""
        with self.lock:
            self._faults.clear()
            self.requests.clear()

    def fault_of(self, method: str, path: str, headers: Mapping[str, str]) -> Fault | None:
        """Note the request; the first fault whose turn it is."""
        with self.lock:
            self.requests.append(Request(method, path))
            return next((f for f in self._faults if f.meets(method, path, headers)), None)

    def watch(self, connection: socket.socket) -> None:
        """Close this connection at the end, whatever it waits for."""
        with self.lock:
            self._sockets.add(connection)

    def forget(self, connection: socket.socket) -> None:
        """The connection was closed."""
        with self.lock:
            self._sockets.discard(connection)

    def __enter__(self) -> "FaultProxy":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        with self.lock:
            for connection in self._sockets:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        if self._server.errors:
            raise self._server.errors[0]
