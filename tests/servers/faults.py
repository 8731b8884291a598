"""What can befall a request on its way through the fault proxy."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass
class Fault:
    """What happens to the requests that match, in place of being passed through.

    The first `after` of them pass, the next `times` (None: all) meet the fault. `path` is a
    regular expression looked for in path and query. `header` gives a name and an expression that
    a request header must match besides.
    """

    method: str | None = None
    path: str = ""
    header: tuple[str, str] | None = None
    times: int | None = 1
    after: int = 0
    # Seconds to wait first. Who has gone by then has still sent a request, and it is carried out.
    delay_s: float = 0
    # Answered here; the server never hears of it.
    answer: int | None = None
    body: bytes | str | Mapping[str, Any] = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    # The connection breaks before the server hears of the request, in the middle of its body,
    # when all of it was passed on, or in the middle of the answer's body.
    cut: Literal["before", "middle", "after", "answer"] | None = None
    # The server has carried the request out and answered; the answer never arrives.
    lose_answer: bool = False
    matched: int = field(default=0, init=False)
    fired: int = field(default=0, init=False)

    def meets(self, method: str, path: str, headers: Mapping[str, str]) -> bool:
        """Whether this request gets the fault; counts."""
        if self.method not in (None, method) or not re.search(self.path, path):
            return False
        if self.header and not re.search(self.header[1], headers.get(self.header[0]) or ""):
            return False
        self.matched += 1
        left = self.times is None or self.fired < self.times
        if self.matched <= self.after or not left:
            return False
        self.fired += 1
        return True

    def content(self) -> bytes:
        """The body of the answer given here."""
        if isinstance(self.body, Mapping):
            return json.dumps(self.body).encode()
        return self.body.encode() if isinstance(self.body, str) else self.body


def google_error(code: int, reason: str, message: str) -> dict[str, Any]:
    """The body with which Google's JSON interfaces tell of an error."""
    detail = {"domain": "global", "reason": reason, "message": message}
    return {"error": {"code": code, "message": message, "errors": [detail]}}


@dataclass(frozen=True)
class Request:
    """A request that came, whatever became of it."""

    method: str
    path: str
