"""The queue between the functions."""

from collections.abc import Mapping, Sequence
from typing import Protocol

TOPIC_WINDOWS = "export-windows"
TOPIC_SLICES = "export-slices"


class Queue(Protocol):
    """Carries pointers to work; may deliver twice, late or never: the tick drives again."""

    def publish(self, topic: str, messages: Sequence[Mapping[str, int]]) -> None:
        """Hand messages to `topic` for at-least-once delivery; returns when all are accepted.

        Raises Transient when they are not; some may have been sent, which is harmless.
        """
