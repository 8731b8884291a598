"""A client of HTTP as plain as can be: what it takes is what the server takes."""

import gzip
import http.client
from urllib.parse import urlencode

# Seconds until a server has started, or answered.
PATIENCE_S = 60


class Asking:
    """Requests to the server, each over a connection of its own."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._port = port
        self._headers = headers | {"Accept-Encoding": "gzip"}

    def __call__(
        self, path: str, form: dict[str, str] | None = None, body: str = "", status: int = 200
    ) -> tuple[bytes, str]:
        """The bytes on the wire, and how they are encoded."""
        headers = dict(self._headers)
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif body:
            headers["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_S)
        try:
            connection.request("POST" if body else "GET", path, body or None, headers)
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status != status:
            raise RuntimeError(f"{path} answered {response.status}: {answer[:500]!r}")
        return answer, response.getheader("Content-Encoding", "")

    def text(self, path: str) -> str:
        answer, encoding = self(path)
        return (gzip.decompress(answer) if encoding == "gzip" else answer).decode()
