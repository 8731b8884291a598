"""A queue that only remembers: whoever runs the process delivers what was published."""

from collections.abc import Mapping, Sequence


class InlineQueue:
    """Messages in order of publishing; `take` empties it.

    A message lives in this process only. That is enough: state is the truth, and the next tick
    publishes again whatever got lost with a process.
    """

    def __init__(self) -> None:
        self._messages: list[tuple[str, dict[str, int]]] = []

    def publish(self, topic: str, messages: Sequence[Mapping[str, int]]) -> None:
        """Keep the messages until somebody takes them."""
        self._messages.extend((topic, dict(message)) for message in messages)

    def take(self) -> list[tuple[str, dict[str, int]]]:
        """All messages since the last call, oldest first."""
        taken, self._messages = self._messages, []
        return taken
