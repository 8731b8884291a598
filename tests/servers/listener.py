"""A listener on the loopback that counts who comes, to show that nobody does."""

import socket
import threading


class Listener:
    """`with Listener() as listener:` takes every connection, answers nothing, and counts."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.connections = 0
        self._thread = threading.Thread(target=self._serve)

    def count(self) -> int:
        """How many came; whoever connected before this call is in it."""
        self._knock()
        before, self.connections = self.connections - 1, 0
        return before

    def __enter__(self) -> "Listener":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        with socket.create_connection(("127.0.0.1", self.port), timeout=10):
            self._thread.join(10)
        self._socket.close()

    _ended = False

    def _serve(self) -> None:
        while not self._ended:
            connection, _ = self._socket.accept()
            self.connections += 1
            connection.close()

    def _knock(self) -> None:
        """Connections are taken in the order in which they came: once this one is, all are."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as own:
            own.settimeout(10)
            assert own.recv(1) == b""
