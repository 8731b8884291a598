"""Knows a delivery again of which state does not know, or not for sure, that it was made."""

import json
from contextlib import closing
from typing import Any

from shared.errors import CustomerFault
from shared.jobs.frozen import frozen_spec, names_of
from shared.jobs.services import Services
from shared.ports import Bucket
from shared.state.runs import Run

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


def manifest_lies_there(services: Services, run: Run) -> bool:
    """Whether the manifest of a run that was about to end is in its bucket.

    Raises CustomerFault and Transient while the bucket lets nobody in. False as well where nothing
    may be read back, so that nobody can know.
    """
    bucket = services.bucket(run.account_id, frozen_spec(run).bucket)
    _try_out(bucket)
    try:
        return delivered_before(bucket, names_of(run).manifest(), run.manifest or b"") is not None
    except (FileNotFoundError, CustomerFault):
        # Who may not list is told of an absent object that it is forbidden.
        _try_out(bucket)
        return False


def _try_out(bucket: Bucket) -> None:
    fault = bucket.try_out().fault
    if fault is not None:
        raise fault


def _parsed(content: bytes) -> dict[str, Any] | None:
    try:
        read = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict):
        return None
    return {key: value for key, value in read.items() if key not in _NOT_COMPARED}
