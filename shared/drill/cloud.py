"""Stands in for Google in a drill: tokens and one bucket over a folder, which break on request.

It takes the place of the network below Google's own client, so that all that is above it is what
runs every day: keys, tokens, uploads, and the reading of refusals.
"""

import base64
import json
from collections.abc import Mapping
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import google_crc32c
import requests
from requests.adapters import BaseAdapter

from shared.drill.breakages import Breakage, Spot

TOKEN_HOST = "oauth2.googleapis.com"
# The client asks there whether a service account may be used in some regions only.
BOUNDARY_HOST = "iamcredentials.googleapis.com"
NO_BOUNDARY = "0x0"
CREATE = "storage.objects.create"


class DrillCloud(BaseAdapter):
    """A transport of `requests` that answers by itself and reaches nobody."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        # What is broken now; None is that all is well.
        self.broken: Breakage | None = None

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Answer the request."""
        del stream, timeout, verify, cert, proxies
        parts = urlsplit(str(request.url))
        if parts.hostname == TOKEN_HOST:
            return _answer(request, *self._token())
        if parts.hostname == BOUNDARY_HOST:
            return _answer(request, 200, {"locations": [], "encodedLocations": NO_BOUNDARY})
        query = parse_qs(parts.query)
        if self._fails(Spot.BUCKET):
            return _answer(request, *self._refusal())
        if parts.path.endswith("/iam/testPermissions"):
            return _answer(request, 200, self._rights(query.get("permissions", [])))
        if request.method == "POST":
            return _answer(request, *self._create(_body(request)))
        _, is_object, name = parts.path.partition("/o/")
        if is_object:
            return _answer(request, *self._look(unquote(name)))
        return _answer(request, 200, {"kind": "storage#bucket", "location": "EU"})

    def close(self) -> None:
        """Nothing is open."""

    def _fails(self, spot: Spot) -> bool:
        return self.broken is not None and self.broken.spot is spot

    def _token(self) -> tuple[int, Mapping[str, Any]]:
        if self.broken is not None and self.broken.spot is Spot.TOKEN:
            told = {"error": self.broken.code, "error_description": self.broken.message}
            return self.broken.status, told
        return 200, {"access_token": "drill", "expires_in": 3_599, "token_type": "Bearer"}

    def _rights(self, asked: list[str]) -> Mapping[str, Any]:
        lost = {CREATE} if self._fails(Spot.RIGHT) else set()
        return {"permissions": [each for each in asked if each not in lost]}

    def _create(self, body: bytes) -> tuple[int, Mapping[str, Any]]:
        if self._fails(Spot.RIGHT) or self._fails(Spot.UPLOAD):
            return self._refusal()
        # The two parts of `multipart/related`: what the object is, and its bytes.
        boundary, _, rest = body.partition(b"\r\n")
        head, content = rest[: -len(boundary) - 6].split(b"\r\n" + boundary + b"\r\n", 1)
        resource = json.loads(head.partition(b"\r\n\r\n")[2])
        path = self._folder / resource["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("xb") as file:
                file.write(content.partition(b"\r\n\r\n")[2])
        except FileExistsError:
            return 412, _error(412, "conditionNotMet", "At least one condition did not hold.")
        return self._look(resource["name"])

    def _look(self, name: str) -> tuple[int, Mapping[str, Any]]:
        path = self._folder / name
        if not path.is_file():
            return 404, _error(404, "notFound", "No such object.")
        content = path.read_bytes()
        digest = google_crc32c.Checksum(content).digest()
        crc32c = base64.b64encode(digest).decode("ascii")
        return 200, {"name": name, "size": str(len(content)), "crc32c": crc32c}

    def _refusal(self) -> tuple[int, Mapping[str, Any]]:
        broken = self.broken
        assert broken is not None
        return broken.status, _error(broken.status, broken.code, broken.message)


def _body(request: requests.PreparedRequest) -> bytes:
    body: Any = request.body
    return body if isinstance(body, bytes) else b"".join(body)


def _error(status: int, reason: str, message: str) -> Mapping[str, Any]:
    detail = {"domain": "global", "reason": reason, "message": message}
    return {"error": {"code": status, "message": message, "errors": [detail]}}


def _answer(
    request: requests.PreparedRequest, status: int, content: Mapping[str, Any]
) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.reason = HTTPStatus(status).phrase
    response.headers["Content-Type"] = "application/json; charset=UTF-8"
    response.raw = BytesIO(json.dumps(content).encode())
    response.request = request
    response.url = str(request.url)
    return response
