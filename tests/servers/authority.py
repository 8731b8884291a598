"""A certificate authority that lives as long as a test server does."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM
# Cloud SQL's certificates for clients hold for an hour.
HOLDS = timedelta(hours=1)


class Authority:
    """Signs certificates of servers and of clients."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        made = self._builder(self._name, self._key.public_key()).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        self.certificate = made.sign(self._key, hashes.SHA256()).public_bytes(PEM).decode()

    def sign_public_key(self, public_pem: str, name: str) -> str:
        """A certificate that the holder of this public key has the name."""
        key = serialization.load_pem_public_key(public_pem.encode())
        made = self._builder(_name(name), key)  # type: ignore[arg-type]
        return made.sign(self._key, hashes.SHA256()).public_bytes(PEM).decode()

    def server_context(self, folder: Path, ip: str) -> ssl.SSLContext:
        """TLS 1.3 for a server at this address, which lets in only clients with certificates."""
        context = self._context(folder, ip, x509.IPAddress(ip_address(ip)))
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=self.certificate)
        return context

    def open_context(self, folder: Path, name: str) -> ssl.SSLContext:
        """TLS 1.3 for a server of this name, which lets everybody in."""
        return self._context(folder, name, x509.DNSName(name))

    def client_context(self) -> ssl.SSLContext:
        """For a client that trusts this authority alone."""
        return ssl.create_default_context(cadata=self.certificate)

    def _context(self, folder: Path, name: str, known_as: x509.GeneralName) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([known_as])
        made = self._builder(_name(name), key.public_key()).add_extension(names, critical=False)
        certificate = made.sign(self._key, hashes.SHA256()).public_bytes(PEM)
        private = key.private_bytes(
            PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        chain = folder / f"{name}.pem"
        chain.write_bytes(private + certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(chain)
        return context

    def _builder(
        self, subject: x509.Name, key: CertificatePublicKeyTypes
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + HOLDS)
        )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
