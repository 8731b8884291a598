"""IAM and IAM Credentials on the loopback, as far as impersonation needs them."""

import json
import re
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.servers.loopback import LoopbackServer

OWN_TOKEN = "the-token-of-sluice-itself"
_PATH = re.compile(r"/v1/projects/-/serviceAccounts/([^/:?]+)(:generateAccessToken)?(\?.*)?")


@dataclass
class Account:
    """A service account: its description, and whether Sluice was granted the right to act as it."""

    description: str = ""
    granted: bool = True


@dataclass
class IamServer:
    """`with IamServer() as iam:` serves `iam.accounts` at `iam.url`; they may change meanwhile."""

    accounts: dict[str, Account] = field(default_factory=dict)
    # Method and path of each request, in the order of their arrival.
    requests: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server = LoopbackServer(_handler(self))
        self._serving = self._server.serving()

    @property
    def url(self) -> str:
        """The address of both services."""
        return self._server.url

    @property
    def tokens(self) -> int:
        """How many tokens were asked for."""
        return sum("generateAccessToken" in path for _, path in self.requests)

    def __enter__(self) -> "IamServer":
        self._serving.__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        self._serving.__exit__(*raised)

    def answer(self, method: str, path: str, token: str, body: bytes) -> tuple[int, object]:
        """What Google would answer; strangers and missing accounts get the same 403."""
        self.requests.append((method, path))
        found = _PATH.fullmatch(path)
        if token != f"Bearer {OWN_TOKEN}":
            return 401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}}
        account = self.accounts.get(found[1]) if found else None
        if found is None or account is None or not account.granted:
            return 403, {"error": {"code": 403, "status": "PERMISSION_DENIED"}}
        if found[2]:
            asked = json.loads(body)
            return 200, {
                "accessToken": f"token-of-{found[1]}-for-{asked['scope'][0]}",
                "expireTime": "2099-01-01T00:00:00Z",
            }
        shown = {"email": found[1]}
        if account.description:
            # IAM leaves out what is empty.
            shown["description"] = account.description
        return 200, shown


def _handler(server: IamServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = self.headers.get("Authorization") or ""
            status, content = server.answer(self.command, self.path, token, body)
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
