"""The TLS door of Cloud SQL: who has a certificate of the instance comes in, as that account."""

import os
import random
import selectors
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509

# Google's connector knows no other.
PORT = 3307


@dataclass
class Door:
    """What came through it since the start."""

    ip: str
    connections: int = 0
    users: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    _open: list[socket.socket] = field(default_factory=list)

    def cut_all(self) -> int:
        """Cut every connection off, as a restart of the instance does; gives how many."""
        cut = 0
        while self._open:
            with suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)
                cut += 1
        return cut

    def serve(self, plain: socket.socket, context: ssl.SSLContext, target: Path) -> None:
        """Let the client in if PostgreSQL's user is the account of its certificate."""
        with plain, suppress(OSError), context.wrap_socket(plain, server_side=True) as client:
            self.connections += 1
            head = _exactly(client, 4)
            startup = _exactly(client, int.from_bytes(head) - 4)
            fields = startup[4:].split(b"\0")
            user = dict(zip(fields[::2], fields[1::2], strict=False))[b"user"].decode()
            if f"{user}.gserviceaccount.com" != _account(client):
                self.refused.append(user)
                return
            self.users.append(user)
            self._open.append(client)
            with socket.socket(socket.AF_UNIX) as upstream:
                upstream.connect(str(target))
                upstream.sendall(head + startup)
                _pump(client, upstream)


@contextmanager
def running_door(context_for: Callable[[str], ssl.SSLContext], target: Path) -> Iterator[Door]:
    """Open it before the PostgreSQL whose socket is `target`; the context is that for its address.

    It stands at an address of loopback that nobody else took, since its port is fixed.
    """
    with _listening() as listener:
        door = Door(listener.getsockname()[0])
        context = context_for(door.ip)

        def accept() -> None:
            while True:
                try:
                    plain, _ = listener.accept()
                except OSError:
                    return
                arguments = (plain, context, target)
                threading.Thread(target=door.serve, args=arguments, daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield door
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            door.cut_all()
            thread.join()


def _listening() -> socket.socket:
    for _ in range(50):
        ip = f"127.{os.getpid() % 200 + 20}.{random.randint(1, 250)}.{random.randint(1, 250)}"
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((ip, PORT))
        except OSError:
            listener.close()
        else:
            listener.listen()
            return listener
    raise AssertionError(f"no address of 127.0.0.0/8 lets a test listen on port {PORT}")


def _exactly(source: ssl.SSLSocket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        data = source.recv(count - len(found))
        if not data:
            raise ConnectionError("the client left before it had said who it is")
        found += data
    return found


def _account(client: ssl.SSLSocket) -> str:
    certificate = x509.load_der_x509_certificate(client.getpeercert(binary_form=True) or b"")
    [name] = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(name.value)


def _pump(client: ssl.SSLSocket, upstream: socket.socket) -> None:
    """Carry bytes both ways until one side ends; in one thread, since TLS sockets need that."""
    with selectors.DefaultSelector() as ready:
        ready.register(client, selectors.EVENT_READ, upstream)
        ready.register(upstream, selectors.EVENT_READ, client)
        while True:
            # What TLS has decrypted already makes no socket ready.
            pairs = [(client, upstream)] if client.pending() else None
            for source, sink in pairs or [(key.fileobj, key.data) for key, _ in ready.select()]:
                data = source.recv(65_536)
                if not data:
                    return
                sink.sendall(data)
