"""What the workers of one machine are handed, and what became of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """One message on its way; `not_before` is on the monotonic clock."""

    topic: str
    content: dict[str, int]
    deliveries: int = 0
    not_before: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a delivery ended, and what the handler published."""

    message: Message
    status: int
    text: str
    published: int = 0

    @property
    def acknowledged(self) -> bool:
        """Whether the message is done with."""
        return 200 <= self.status < 300
