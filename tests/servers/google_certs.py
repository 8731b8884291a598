"""A stand-in for the address at which Google publishes the certificates of its token keys."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from tests.servers.loopback import LoopbackServer


@dataclass(frozen=True)
class Key:
    """A key for tokens, made at run time, with the certificate of its public half."""

    private: rsa.RSAPrivateKey
    certificate: str

    @property
    def private_pem(self) -> str:
        return self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()


def new_key() -> Key:
    """A key as Google's are: RSA, self-signed for a while."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "federated-signon.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=15))
        .sign(private, hashes.SHA256())
    )
    return Key(private, certificate.public_bytes(serialization.Encoding.PEM).decode())


@dataclass(frozen=True)
class EllipticKey:
    """A key as IAP signs with, and its public half as IAP publishes it."""

    private: ec.EllipticCurvePrivateKey

    @property
    def private_pem(self) -> str:
        return self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    @property
    def public_pem(self) -> str:
        return (
            self.private.public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            .decode()
        )


def new_elliptic_key() -> EllipticKey:
    """A key on the curve of ES256."""
    return EllipticKey(ec.generate_private_key(ec.SECP256R1()))


@dataclass
class CertServer:
    """What it serves may change at any time."""

    url: str
    certificates: dict[str, str] = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    fetched: int = 0


@contextmanager
def running_cert_server() -> Iterator[CertServer]:
    """Listen on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.fetched += 1
            self.send_response(served.status)
            for name, value in served.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(json.dumps(served.certificates).encode())

        def log_message(self, *_: object) -> None:
            """The count tells what was asked for."""

    server = LoopbackServer(Handler)
    served = CertServer(f"{server.url}/oauth2/v1/certs")
    with server.serving():
        yield served
