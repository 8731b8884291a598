"""How the fault proxy handles one connection: pass through, or do the fault whose turn it is."""

import socket
import sys
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from typing import Any, Protocol

from tests.servers.faults import Fault

PIECE_BYTES = 256 * 1024
# Far longer than any answer of a test server; only a server that hangs meets it.
PATIENCE_S = 120
HOP_BY_HOP = frozenset({"connection", "keep-alive", "proxy-connection", "transfer-encoding"})


class Proxy(Protocol):
    """What a connection needs to know of the proxy that it belongs to."""

    upstream_url: str
    upstream: tuple[str, int]
    stopping: Event

    @property
    def url(self) -> str: ...

    def fault_of(self, method: str, path: str, headers: Mapping[str, str]) -> Fault | None: ...

    def watch(self, connection: socket.socket) -> None: ...

    def forget(self, connection: socket.socket) -> None: ...


class ProxyServer(ThreadingHTTPServer):
    """Takes connections, each in a thread of its own."""

    daemon_threads = False  # the end waits for them
    proxy: Proxy

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.errors: list[BaseException] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        # A client that has gone is no error of the proxy's.
        if error is not None and not isinstance(error, OSError):
            self.errors.append(error)


class _Cut(Exception):
    """The connection to the client is to be closed without another byte."""


class PassThrough(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer is written in two pieces; Nagle's algorithm would hold the second one back.
    disable_nagle_algorithm = True
    server: "ProxyServer"

    def setup(self) -> None:
        super().setup()
        self.server.proxy.watch(self.connection)

    def finish(self) -> None:
        self.server.proxy.forget(self.connection)
        super().finish()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._handle
        raise AttributeError(name)

    def _handle(self) -> None:
        proxy = self.server.proxy
        fault = proxy.fault_of(self.command, self.path, self.headers) or Fault()
        if fault.delay_s and proxy.stopping.wait(fault.delay_s):
            self.close_connection = True
            return
        try:
            if fault.cut == "before":
                raise _Cut
            if fault.answer is not None:
                self._answer(fault, fault.answer)
            else:
                self._forward(fault)
        except (_Cut, HTTPException, OSError):
            # Also when the server itself breaks off: its client shall see the same.
            self.close_connection = True

    def _answer(self, fault: Fault, status: int) -> None:
        for _ in self._body():
            pass
        content = fault.content()
        self.send_response(status)
        kind = "application/json" if isinstance(fault.body, Mapping) else "text/plain"
        for name, value in {"Content-Type": kind, **fault.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _forward(self, fault: Fault) -> None:
        upstream = HTTPConnection(*self.server.proxy.upstream, timeout=PATIENCE_S)
        upstream.connect()
        connection = upstream.sock
        self.server.proxy.watch(connection)
        try:
            self._send(upstream, fault)
            if fault.cut == "after":
                raise _Cut
            with upstream.getresponse() as response:
                if fault.lose_answer:
                    while response.read(PIECE_BYTES):
                        pass
                    raise _Cut
                self._return(response, fault)
        finally:
            self.server.proxy.forget(connection)
            upstream.close()

    def _send(self, upstream: HTTPConnection, fault: Fault) -> None:
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        chunked = "chunked" in (self.headers.get("Transfer-Encoding") or "").lower()
        for name, value in self.headers.items():
            if name.lower() not in HOP_BY_HOP:
                upstream.putheader(name, value)
        if chunked:
            upstream.putheader("Transfer-Encoding", "chunked")
        upstream.endheaders()
        half = int(self.headers.get("Content-Length") or 0) // 2
        sent, listening = 0, True
        for piece in self._body():
            if fault.cut == "middle":
                piece = piece[: max(1, half - sent)]
            if listening:
                try:
                    upstream.send(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
                except OSError:
                    # It may have answered before it has heard all; the client hears that answer.
                    listening = False
            sent += len(piece)
            if fault.cut == "middle" and sent >= half:
                raise _Cut
        if fault.cut == "middle":
            raise _Cut
        if chunked and listening:
            upstream.send(b"0\r\n\r\n")

    def _return(self, response: HTTPResponse, fault: Fault) -> None:
        proxy = self.server.proxy
        self.send_response_only(response.status, response.reason)
        for name, value in response.getheaders():
            if name.lower() not in HOP_BY_HOP:
                # A session of a resumable upload goes on through here.
                self.send_header(name, value.replace(proxy.upstream_url, proxy.url))
        bodyless = self.command == "HEAD" or response.status in (204, 304)
        length = response.getheader("Content-Length")
        chunked = length is None and not bodyless
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        half, sent = int(length or 0) // 2, 0
        while not bodyless and (piece := response.read1(PIECE_BYTES)):
            if fault.cut == "answer":
                piece = piece[: max(1, half - sent)]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            sent += len(piece)
            if fault.cut == "answer" and sent >= half:
                raise _Cut
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _body(self) -> Iterator[bytes]:
        """The body of the request, in pieces; at most one piece is held."""
        if "chunked" in (self.headers.get("Transfer-Encoding") or "").lower():
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield from self._pieces(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass  # trailers
        else:
            yield from self._pieces(int(self.headers.get("Content-Length") or 0))

    def _pieces(self, size: int) -> Iterator[bytes]:
        while size:
            piece = self.rfile.read1(min(size, PIECE_BYTES))
            if not piece:
                raise _Cut
            size -= len(piece)
            yield piece
