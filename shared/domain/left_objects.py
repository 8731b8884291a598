"""The small object that a test leaves in a bucket when whoever tests asks for it."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# Apart from data and manifests; no digit in front, so that no <request id>-* ever matches it.
_NAME = re.compile(r"_tests/sluice-[0-9]{1,19}-[0-9a-f]{8}\.txt")

CONTENT = (
    b"Sluice has put this file here to test whether it may deliver to this bucket; nothing needs "
    b"it, and you may delete it.\n"
)


class Left(StrEnum):
    """What is known of the object that was asked for."""

    READ_BACK = "read_back"
    UNREAD = "unread"
    # No answer came in time: it may be there.
    DOUBTFUL = "doubtful"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class LeftObject:
    """Under which name it was to be put there, and what became of it."""

    name: str
    how: Left


def left_name(now: datetime, random: str) -> str:
    """A name that nothing else has; `random` are eight hexadecimal digits."""
    return f"_tests/sluice-{int(now.timestamp())}-{random}.txt"


def is_left_name(name: object) -> bool:
    """Whether this is such a name: the prober creates no object under another one."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None
