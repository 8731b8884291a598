"""Cloud SQL in small: its Admin API, its token server, and its TLS door before a PostgreSQL.

The connector takes its credentials from a key file, a token from `token_uri`, a certificate from
the Admin API, and then speaks TLS 1.3 to port 3307 of the instance, where the certificate says
who it is. All of that happens here for real; only the addresses are loopback's.
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from google.auth import jwt
from sqlalchemy.engine import make_url

from tests.servers.authority import Authority
from tests.servers.cloud_sql_door import Door, running_door
from tests.servers.google_certs import Key, new_key
from tests.servers.loopback import LoopbackServer
from tests.state.postgres import execute

PROJECT, REGION, INSTANCE = "test-project", "europe-west1", "state"
CONNECTION_NAME = f"{PROJECT}:{REGION}:{INSTANCE}"
ACCOUNT = f"sluice@{PROJECT}.iam.gserviceaccount.com"
# PostgreSQL knows the account by this name.
DATABASE_USER = ACCOUNT.removesuffix(".gserviceaccount.com")
CREATE_ROLE = f"""
DO $$ BEGIN CREATE ROLE "{DATABASE_USER}" LOGIN; EXCEPTION WHEN duplicate_object THEN END $$
"""
API = f"/sql/v1beta4/projects/{PROJECT}/instances/{INSTANCE}"


@dataclass
class CloudSQLServer:
    """What a test holds of it; all numbers count since the start."""

    admin_url: str
    # For GOOGLE_APPLICATION_CREDENTIALS.
    key_file: Path
    door: Door
    # The address that the Admin API tells of the door.
    ip: str
    # Answer of the Admin API instead of the right one, while it is set.
    admin_status: int | None = None
    certificates_issued: int = 0
    # Access tokens given out, and to whom.
    tokens: dict[str, str] = field(default_factory=dict)

    def state_url(self, database: str) -> str:
        """The address of a database, as STATE_URL has it."""
        return f"cloudsql://{CONNECTION_NAME}/{database}?user={ACCOUNT}"


@contextmanager
def running_cloud_sql(folder: Path, postgres_url: str) -> Iterator[CloudSQLServer]:
    """Stand before the PostgreSQL server; `folder` takes keys and certificates."""
    execute(postgres_url, CREATE_ROLE)
    authority = Authority("Cloud SQL of the tests")
    key = new_key()
    target = Path(str(make_url(postgres_url).query["host"])) / ".s.PGSQL.5432"
    with running_door(lambda ip: authority.server_context(folder, ip), target) as door:
        api = LoopbackServer()
        server = CloudSQLServer(api.url, _key_file(folder, key, api.url), door, door.ip)
        api.RequestHandlerClass = _handler(server, authority, key.certificate)
        with api.serving():
            yield server


def _key_file(folder: Path, key: Key, url: str) -> Path:
    """A service account's key, as Google's console hands it out."""
    content = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "1",
        "private_key": key.private_pem,
        "client_email": ACCOUNT,
        "client_id": "1",
        "token_uri": f"{url}/token",
    }
    path = folder / "key.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


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
