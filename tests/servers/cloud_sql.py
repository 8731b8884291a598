"""Cloud SQL in small: its Admin API, its token server, and its TLS door before a PostgreSQL.

The connector takes its credentials from a key file, a token from `token_uri`, a certificate from
the Admin API, and then speaks TLS 1.3 to port 3307 of the instance, where the certificate says
who it is. All of that happens here for real; only the addresses are loopback's.
"""

import json
import os
import random
import secrets
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from cryptography import x509
from google.auth import jwt
from sqlalchemy.engine import make_url

from tests.servers.authority import Authority
from tests.servers.google_certs import new_key
from tests.state.postgres import execute

PROJECT, REGION, INSTANCE = "test-project", "europe-west1", "state"
CONNECTION_NAME = f"{PROJECT}:{REGION}:{INSTANCE}"
ACCOUNT = f"sluice@{PROJECT}.iam.gserviceaccount.com"
# PostgreSQL knows the account by this name.
DATABASE_USER = ACCOUNT.removesuffix(".gserviceaccount.com")
CREATE_ROLE = f"""
DO $$ BEGIN CREATE ROLE "{DATABASE_USER}" LOGIN; EXCEPTION WHEN duplicate_object THEN END $$
"""
PORT = 3307
API = f"/sql/v1beta4/projects/{PROJECT}/instances/{INSTANCE}"


@dataclass
class CloudSQLServer:
    """What a test holds of it; all numbers count since the start."""

    admin_url: str
    # For GOOGLE_APPLICATION_CREDENTIALS.
    key_file: Path
    ip: str
    # Answer of the Admin API instead of the right one, while it is set.
    admin_status: int | None = None
    certificates_issued: int = 0
    connections: int = 0
    users: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    # Access tokens given out, and to whom.
    tokens: dict[str, str] = field(default_factory=dict)
    _open: list[socket.socket] = field(default_factory=list)

    def state_url(self, database: str) -> str:
        """The address of a database, as STATE_URL has it."""
        return f"cloudsql://{CONNECTION_NAME}/{database}?user={ACCOUNT}"

    def cut_all(self) -> int:
        """Cut every connection off, as a restart of the instance does; gives how many."""
        cut = 0
        while self._open:
            with suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)
                cut += 1
        return cut


@contextmanager
def running_cloud_sql(folder: Path, postgres_url: str) -> Iterator[CloudSQLServer]:
    """Stand before the PostgreSQL server; `folder` takes keys and certificates."""
    execute(postgres_url, CREATE_ROLE)
    authority = Authority("Cloud SQL of the tests")
    key = new_key()
    with ExitStack() as stack:
        door = stack.enter_context(_listening())
        ip = door.getsockname()[0]
        api = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
        url = f"http://127.0.0.1:{api.server_port}"
        key_file = folder / "key.json"
        account = {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "1",
            "private_key": key.private_pem,
            "client_email": ACCOUNT,
            "client_id": "1",
            "token_uri": f"{url}/token",
        }
        key_file.write_text(json.dumps(account), encoding="utf-8")
        server = CloudSQLServer(url, key_file, ip)
        api.RequestHandlerClass = _handler(server, authority, key.certificate)
        context = authority.server_context(folder, ip)
        target = Path(str(make_url(postgres_url).query["host"])) / ".s.PGSQL.5432"
        accept = threading.Thread(target=_accept, args=(door, context, server, target), daemon=True)
        serve = threading.Thread(target=api.serve_forever, daemon=True)
        accept.start()
        serve.start()
        try:
            yield server
        finally:
            api.shutdown()
            api.server_close()
            door.shutdown(socket.SHUT_RDWR)
            server.cut_all()
            accept.join()


@contextmanager
def _listening() -> Iterator[socket.socket]:
    """Port 3307, which the connector has fixed, of an address of loopback that nobody else took."""
    for _ in range(50):
        ip = f"127.{os.getpid() % 200 + 20}.{random.randint(1, 250)}.{random.randint(1, 250)}"
        with socket.socket() as door, suppress(OSError):
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind((ip, PORT))
            door.listen()
            yield door
            return
    raise AssertionError(f"no address of 127.0.0.0/8 lets a test listen on port {PORT}")


def _handler(
    server: CloudSQLServer, authority: Authority, account_certificate: str
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self._admitted(f"{API}/connectSettings"):
                return
            self._answer(
                200,
                {
                    "kind": "sql#connectSettings",
                    "serverCaCert": {"kind": "sql#sslCert", "cert": authority.certificate},
                    "ipAddresses": [{"type": "PRIMARY", "ipAddress": server.ip}],
                    "region": REGION,
                    "databaseVersion": "POSTGRES_18",
                    "backendType": "SECOND_GEN",
                },
            )

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/token":
                self._token(body)
            elif self._admitted(f"{API}:generateEphemeralCert"):
                self._certificate(json.loads(body))

        def _token(self, body: bytes) -> None:
            """A service account's signed assertion for an access token (RFC 7523)."""
            assertion = parse_qs(body.decode())["assertion"][0]
            claims = jwt.decode(assertion, certs=account_certificate)
            token = secrets.token_urlsafe(24)
            server.tokens[token] = claims["iss"]
            self._answer(200, {"access_token": token, "expires_in": 3600, "token_type": "Bearer"})

        def _certificate(self, request: dict[str, Any]) -> None:
            account = server.tokens[request["access_token"]]
            server.certificates_issued += 1
            certificate = authority.sign_public_key(request["public_key"], account)
            self._answer(200, {"ephemeralCert": {"kind": "sql#sslCert", "cert": certificate}})

        def _admitted(self, path: str) -> bool:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            if server.admin_status is not None:
                self._answer(server.admin_status, {"error": {"message": "as the test wants"}})
            elif token not in server.tokens:
                self._answer(401, {"error": {"message": "no such token"}})
            elif self.path != path:
                self._answer(404, {"error": {"message": "no such instance"}})
            else:
                return True
            return False

        def _answer(self, status: int, content: dict[str, Any]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *_: object) -> None:
            """The server's numbers tell what was asked for."""

    return Handler


def _accept(
    door: socket.socket, context: ssl.SSLContext, server: CloudSQLServer, target: Path
) -> None:
    while True:
        try:
            plain, _ = door.accept()
        except OSError:
            return
        arguments = (plain, context, server, target)
        threading.Thread(target=_serve, args=arguments, daemon=True).start()


def _serve(
    plain: socket.socket, context: ssl.SSLContext, server: CloudSQLServer, target: Path
) -> None:
    """Let the client in if PostgreSQL's user is the account of its certificate."""
    with plain, suppress(OSError), context.wrap_socket(plain, server_side=True) as client:
        server.connections += 1
        size = int.from_bytes(client.recv(4))
        startup = client.recv(size - 4)
        fields = startup[4:].split(b"\0")
        user = dict(zip(fields[::2], fields[1::2], strict=False))[b"user"].decode()
        if f"{user}.gserviceaccount.com" != _account(client):
            server.refused.append(user)
            return
        server.users.append(user)
        server._open.append(client)
        with socket.socket(socket.AF_UNIX) as upstream:
            upstream.connect(str(target))
            upstream.sendall(size.to_bytes(4) + startup)
            _pump_both(client, upstream)


def _account(client: ssl.SSLSocket) -> str:
    certificate = x509.load_der_x509_certificate(client.getpeercert(binary_form=True) or b"")
    [name] = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(name.value)


def _pump_both(client: ssl.SSLSocket, upstream: socket.socket) -> None:
    back = threading.Thread(target=_pump, args=(upstream, client), daemon=True)
    back.start()
    _pump(client, upstream)
    back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    for each in (source, sink):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
