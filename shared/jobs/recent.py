"""Keeps answers for a while, so that many who ask cost as little as one."""

from datetime import datetime
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key")
Answer = TypeVar("Answer")

# Enough for the accounts that are busy at one time, and a bound for what anybody can fill.
KEPT_MAX = 1_000


class Recent(Generic[Key, Answer]):
    """Answers of this process, each good until a moment; the oldest make room for new ones."""

    def __init__(self, *, most: int = KEPT_MAX) -> None:
        self._most = most
        self._lock = Lock()
        self._kept: dict[Key, tuple[datetime, Answer]] = {}

    def get(self, key: Key, now: datetime) -> Answer | None:
        """What is kept under the key; None when that is nothing, or too old."""
        with self._lock:
            until, answer = self._kept.get(key, (now, None))
            return answer if now < until else None

    def keep(self, key: Key, answer: Answer, until: datetime) -> None:
        """Keep an answer in place of the one before."""
        with self._lock:
            self._kept.pop(key, None)
            while len(self._kept) >= self._most:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = (until, answer)
