"""What the commands of buckets read and show: key files go in, and nothing of them comes out."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from functions.local.output import console, print_json, print_table
from shared.credentials.key_file import SIZE_MAX
from shared.domain.bucket_steps import ADVICE, Part, Step
from shared.domain.counted import counted
from shared.errors import InvalidInput
from shared.jobs.hindered import fault_of
from shared.jobs.try_bucket import failed_step
from shared.reasons import Blame, of
from shared.state.buckets import SavedBucket


def read_key_file(name: str | None) -> bytes | None:
    """The content of a key file, or of standard input for `-`; more than is ever taken is not read.

    The name is not repeated in an error: people paste the key itself in its place.
    """
    if name is None:
        return None
    if name == "-":
        return sys.stdin.buffer.read(SIZE_MAX + 1)
    try:
        with Path(name).open("rb") as file:
            return file.read(SIZE_MAX + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "not a path"
    raise InvalidInput(f"The key file cannot be read ({why}); give its path, or - to paste it.")


def show_saved(saved: SavedBucket, done: str, *, as_json: bool) -> None:
    """One bucket and what became of it."""
    if as_json:
        print_json(shown(saved))
        return
    whose = f", {saved.access.kind} of {saved.access.email}" if saved.access.email else ""
    console.print(f"Bucket {saved.nickname} ({saved.url}) {done}{whose}.", soft_wrap=True)


def show_steps(steps: Sequence[Step], *, as_json: bool) -> None:
    """What was tried, step by step; raises what hinders it when one failed."""
    failed = failed_step(tuple(steps))
    if as_json:
        print_json({"works": failed is None, "steps": [asdict(step) for step in steps]})
    else:
        rows = [[step.words, str(step.outcome).replace("_", " "), step.detail] for step in steps]
        print_table("Tried", ["step", "result", "detail"], rows)
    if failed is not None:
        # Where writing alone was refused, the name and the key are right.
        named = failed.part is not Part.OBJECT and of(failed.reason).blame is Blame.CUSTOMER
        advice = ADVICE if named else failed.detail
        raise fault_of(failed.reason, f"{failed.words}: it failed. {advice}")


def show_all(found: Sequence[SavedBucket], now: datetime, *, as_json: bool) -> None:
    """All buckets with the age of their credentials."""
    if as_json:
        print_json({"buckets": [dict(shown(saved)) for saved in found]})
        return
    if not found:
        console.print("No buckets yet; save one with the command bucket add.")
        return
    rows = [
        [
            saved.nickname,
            saved.url,
            saved.access.kind,
            saved.access.email,
            counted((now - saved.credentials_at).days, "day"),
            saved.worked_at,
            f"fails: {saved.failure}" if saved.failure else "works",
        ]
        for saved in found
    ]
    columns = ["nickname", "bucket", "access", "service account", "age", "last worked", "health"]
    print_table("Buckets", columns, rows)


def shown(saved: SavedBucket) -> Mapping[str, object]:
    """What anybody may see of a bucket."""
    return {
        "nickname": saved.nickname,
        "url": saved.url,
        "kind": saved.access.kind,
        "email": saved.access.email,
        "key_id": saved.access.key_id,
        "created_at": saved.created_at,
        "credentials_at": saved.credentials_at,
        "worked_at": saved.worked_at,
        "probed_at": saved.probed_at,
        "failing_since": saved.failing_since,
        "failure": saved.failure,
    }
