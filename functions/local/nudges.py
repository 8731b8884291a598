"""A pipe by which the web server tells the runner of changes, and a signal asks for the end."""

import json
import os
import select
import threading
from collections.abc import Callable, Iterable
from typing import Any

Messages = list[tuple[str, dict[str, int]]]
_READ_BYTES = 65_536
_END = b"end\n"


class Nudges:
    """The reading end; `write_end` is handed to the web server's process."""

    def __init__(self) -> None:
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        self._rest = b""
        self.end_asked = False

    def __enter__(self) -> "Nudges":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._read_end)
        os.close(self.write_end)

    def ask_end(self) -> None:
        """End soon; may be called by a signal, even while `wait` waits."""
        self.end_asked = True
        os.write(self.write_end, _END)

    def wait(self, pause_s: float) -> tuple[bool, Messages]:
        """Wait for news, for so long at most: whether anything changed, and its messages."""
        ready, _, _ = select.select([self._read_end], [], [], pause_s)
        if not ready:
            return False, []
        lines = (self._rest + os.read(self._read_end, _READ_BYTES)).split(b"\n")
        self._rest = lines.pop()
        messages: Messages = []
        for line in lines:
            if line != _END.strip():
                messages += [(topic, content) for topic, content in json.loads(line)]
        return True, messages


def telling(
    app: Callable[..., Iterable[bytes]], write_end: int, take: Callable[[], Messages]
) -> Callable[..., Iterable[bytes]]:
    """The WSGI app, which after each request that may have changed something says so."""
    # Longer lines than a pipe takes at once must not mix.
    lock = threading.Lock()

    def told(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = app(environ, start_response)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD", "OPTIONS"):
            with lock:
                os.write(write_end, json.dumps(take()).encode() + b"\n")
        return answer

    return told
