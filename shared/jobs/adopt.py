"""Knows a delivery again that state has forgotten, as after a restore from an older backup."""

import json
from contextlib import closing
from typing import Any

from shared.ports import Bucket

# When something was done, and by which version; all else says what was delivered.
_NOT_COMPARED = ("snapshot_at", "started_at", "finished_at", "producer", "encoder")
# A manifest that is much longer than ours is not the same; so much more is read to see that.
_LONGER_BYTES_MAX = 10_000


def delivered_before(bucket: Bucket, name: str, manifest: bytes) -> bytes | None:
    """The manifest that lies under this name, if it says that the same files were delivered.

    None when it says anything else. Every file that it names was compared when it was found.
    """
    with closing(bucket.open(name)) as there:
        found = there.read(len(manifest) + _LONGER_BYTES_MAX)
    theirs = _parsed(found)
    return found if theirs is not None and theirs == _parsed(manifest) else None


def _parsed(content: bytes) -> dict[str, Any] | None:
    try:
        read = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict):
        return None
    return {key: value for key, value in read.items() if key not in _NOT_COMPARED}
