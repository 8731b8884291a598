"""What names and values the stores of secrets take; the same for all of them."""

import re

# Secret Manager's own limits.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
VALUE_BYTES_MAX = 65_536


def check_secret(name: str, value: bytes) -> None:
    """Raise ValueError, without the value, for what no store takes."""
    if not _NAME.fullmatch(name):
        raise ValueError("a secret's name holds 1 to 255 letters, digits, '-' and '_'")
    if not 1 <= len(value) <= VALUE_BYTES_MAX:
        raise ValueError(f"a secret has 1 to {VALUE_BYTES_MAX} bytes, not {len(value)}")
