"""Calls customers' webhooks over TLS, at the very address that was found to be a public one."""

import http.client
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Timer
from urllib.parse import urlsplit

from shared.domain.webhooks import checked_url, is_public
from shared.errors import CustomerFault, InvalidInput, Transient
from shared.reasons import (
    WEBHOOK_ADDRESS,
    WEBHOOK_UNREACHABLE,
    WEBHOOK_UNRESOLVED,
    WEBHOOK_UNTRUSTED,
)

# One read, and the whole of a call: a receiver takes a note of the message and answers.
READ_S = 10.0
CALL_S = 20.0
# Of a name with many addresses a few are tried.
CONNECT_S = 5.0
ADDRESSES_MAX = 3
Ip = IPv4Address | IPv6Address


def resolved(host: str, port: int) -> list[Ip]:
    """What the name resolves to; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(each[4][0]) for each in found]


class WebhookPosts:
    """The posts port; nothing is taken from the environment, above all no proxy."""

    def __init__(
        self,
        *,
        context: ssl.SSLContext | None = None,
        resolve: Callable[[str, int], list[Ip]] = resolved,
        may_call: Callable[[Ip], bool] = is_public,
        call_s: float = CALL_S,
    ) -> None:
        self._context = context or ssl.create_default_context()
        self._resolve = resolve
        self._may_call = may_call
        self._call_s = call_s

    def check(self, url: str) -> None:
        """Look at the address and at what its name resolves to now."""
        host, port, _ = _parts(url)
        try:
            self._addresses(host, port)
        except (CustomerFault, Transient) as fault:
            raise InvalidInput(fault.message, reason=fault.reason) from fault

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Send the body; see the port."""
        host, port, target = _parts(url)
        # Checked here and connected to here: a name that resolves to something else a moment
        # later changes nothing.
        connection = _Pinned(host, port, self._addresses(host, port), self._context)
        watch = Timer(self._call_s, connection.cut)
        watch.daemon = True
        watch.start()
        try:
            with closing(connection):
                sent = {"Content-Type": "application/json", "User-Agent": "Sluice-Webhooks/1"}
                connection.request("POST", target, body, {**sent, **headers})
                return connection.getresponse().status
        except ssl.SSLCertVerificationError as error:
            raise CustomerFault(WEBHOOK_UNTRUSTED.message, reason=WEBHOOK_UNTRUSTED.code) from error
        except (OSError, http.client.HTTPException) as error:
            raise Transient(WEBHOOK_UNREACHABLE.message, reason=WEBHOOK_UNREACHABLE.code) from error
        finally:
            watch.cancel()

    def _addresses(self, host: str, port: int) -> list[Ip]:
        nowhere = CustomerFault(WEBHOOK_UNRESOLVED.message, reason=WEBHOOK_UNRESOLVED.code)
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError, ValueError) as error:
            raise nowhere from error
        if not found:
            raise nowhere
        # One that leads inside is enough: nobody's server has such an address beside a public one.
        if not all(self._may_call(each) for each in found):
            raise CustomerFault(WEBHOOK_ADDRESS.message, reason=WEBHOOK_ADDRESS.code)
        # Functions in the cloud reach IPv4 alone unless their network has more.
        return sorted(dict.fromkeys(found), key=lambda each: each.version)[:ADDRESSES_MAX]


class _Pinned(http.client.HTTPSConnection):
    """A connection to one of some addresses, whose certificate must be that of the name."""

    def __init__(self, host: str, port: int, addresses: list[Ip], context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=READ_S, context=context)
        self._addresses, self._tls = addresses, context

    def connect(self) -> None:
        """Connect to the first that answers of those that were checked, and to no other."""
        *first, last = self._addresses
        for address in first:
            with suppress(OSError):
                self.sock = self._line_to(address)
                break
        else:
            self.sock = self._line_to(last)
        # Kept before the handshake, so that it can be cut, too.
        self.sock.settimeout(READ_S)
        self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)

    def _line_to(self, address: Ip) -> socket.socket:
        return socket.create_connection((str(address), self.port), timeout=CONNECT_S)

    def cut(self) -> None:
        """End the connection while another thread waits for it."""
        if (line := self.sock) is not None:
            with suppress(OSError):
                # Of the plain socket: that of TLS would also change what the other thread reads.
                socket.socket.shutdown(line, socket.SHUT_RDWR)


def _parts(url: str) -> tuple[str, int, str]:
    parts = urlsplit(checked_url(url))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return (parts.hostname or "").rstrip("."), parts.port or 443, target
