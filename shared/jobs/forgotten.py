"""Finds a delivery of a run's window that state has lost, as by a restore from a backup."""

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from shared.domain.choices import Compression, Format
from shared.domain.names import manifest_name
from shared.domain.runs import RunKind
from shared.domain.specs import ExportSpec
from shared.errors import CustomerFault, InvalidInput, SluiceError, Transient
from shared.jobs.services import Services
from shared.ports import Bucket
from shared.reasons import FORBIDDEN
from shared.state import looks, run_lists
from shared.state.runs import Run

# A window that failed is planned again under the next stamp; less often than this in a day.
STAMPS_AHEAD = 12
# A longer manifest is of terabytes, and not worth the memory of a planner.
MANIFEST_BYTES_MAX = 16 << 20


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What the manifest of a delivery says, as far as it takes to make the same files again."""

    stamp: int
    replaces_stamp: int | None
    snapshot_at: datetime
    # Its settings; an edit may have been lost as well.
    spec: ExportSpec


def forgotten_delivery(services: Services, run: Run, spec: ExportSpec) -> Forgotten | None:
    """The newest delivery in the bucket that this run would repeat, if state may have lost any."""
    ahead = 0 if run.kind is RunKind.REPLAY else STAMPS_AHEAD
    return _newest(services, run, spec, range(run.stamp, run.stamp + ahead + 1))


def was_replaced(services: Services, run: Run) -> bool:
    """Whether a later run of the same window is delivered, of which state knows nothing."""
    if run.spec is None or run.kind is RunKind.REPLAY:
        return False
    stamps = range(run.stamp + 1, run.stamp + STAMPS_AHEAD + 1)
    return _newest(services, run, run.spec, stamps) is not None


def _newest(
    services: Services, run: Run, spec: ExportSpec, stamps: Sequence[int]
) -> Forgotten | None:
    """Raises Transient when the bucket cannot be asked; one that is closed has nothing to show."""
    free = services.database.run(lambda c: _unknown_stamps(c, services, run, stamps))
    if not free:
        return None
    found = None
    try:
        bucket = services.bucket(run.account_id, spec.bucket)
        for stamp in free:
            content = _content(bucket, manifest_name(run.export_id, stamp))
            found = _told(content, run, spec, stamp) or found
    except Transient:
        raise
    except SluiceError:
        # What keeps us from looking keeps us from delivering too, and is told there.
        return found
    return found


def _unknown_stamps(
    connection: Connection, services: Services, run: Run, stamps: Sequence[int]
) -> list[int]:
    """Those that no other run of the export has; none while state is not in doubt."""
    if not looks.in_doubt(connection, run.window.end_at, services.clock()):
        return []
    taken = run_lists.stamps_taken(connection, run.account_id, run.export_id, stamps)
    return [stamp for stamp in stamps if stamp == run.stamp or stamp not in taken]


def _content(bucket: Bucket, name: str) -> bytes:
    try:
        with closing(bucket.open(name)) as there:
            return there.read(MANIFEST_BYTES_MAX)
    except FileNotFoundError:
        return b""
    except CustomerFault as fault:
        # Said of what is not there to whoever may read, but not list.
        if fault.reason != FORBIDDEN.code:
            raise
        return b""


def _told(content: bytes, run: Run, spec: ExportSpec, stamp: int) -> Forgotten | None:
    """What the manifest says; None when it is none, or of anything else than this run's rows."""
    try:
        said = json.loads(content)
        same = _subject(said) == _subject_of(run, spec, stamp)
        replaces = said["replaces"]
        if not same or (run.kind is RunKind.SUPPLEMENT and replaces != run.replaces_stamp):
            return None
        return Forgotten(
            stamp=stamp,
            replaces_stamp=None if replaces is None else int(replaces),
            snapshot_at=_moment(said["snapshot_at"]),
            spec=replace(
                spec,
                format=Format(said["format"]),
                compression=Compression(said["compression"]),
                as_string=said["as_string"] is True,
            ),
        )
    except (ValueError, TypeError, KeyError, RecursionError, InvalidInput):
        return None


def _subject(said: dict[str, Any]) -> tuple[Any, ...]:
    window = said["window"]
    names = ("request_id", "run_stamp", "kind", "data_type", "time_zone")
    return *(said[name] for name in names), _moment(window["start"]), _moment(window["end"])


def _subject_of(run: Run, spec: ExportSpec, stamp: int) -> tuple[Any, ...]:
    names = (run.export_id, stamp, str(run.kind), str(spec.data_type), spec.time_zone)
    return *names, run.window.start_at, run.window.end_at


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.utcoffset() is None:
        raise ValueError("no offset")
    return moment.astimezone(UTC)
