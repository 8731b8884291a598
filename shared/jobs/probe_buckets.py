"""Tries every saved bucket once an hour, so that a bad key is known before a window is due."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from shared.errors import SluiceError
from shared.jobs.hindered import proves
from shared.jobs.probe import probe
from shared.jobs.probe_rounds import in_rounds
from shared.jobs.services import Services
from shared.state import buckets
from shared.state.buckets import SavedBucket


@dataclass(frozen=True, slots=True)
class Probed:
    """What became of one bucket; None is that it lets us in."""

    account_id: int
    bucket_id: int
    url: str
    reason: str | None


def probe_buckets(services: Services, now: datetime) -> list[Probed]:
    """Try the buckets that were not tried for an hour, a few at a time, for a few minutes."""
    limits = services.limits

    def claim(connection: Connection, limit: int) -> list[SavedBucket]:
        before = now - limits.probe_every
        return buckets.claim_due(connection, before=before, now=now, limit=limit)

    return in_rounds(
        services,
        claim,
        lambda saved: _probed(services, saved, now),
        lasts=limits.probing_time,
    )


def _probed(services: Services, saved: SavedBucket, now: datetime) -> Probed:
    reason: str | None
    try:
        trial = probe(services, saved.account_id, saved.url)
    except SluiceError as error:
        reason = error.reason
    else:
        reason = None if trial.fault is None else trial.fault.reason
    if proves(reason):
        # What passes proves nothing against the bucket, nor for it.
        services.database.run(
            lambda c: buckets.note_probe(c, saved.account_id, saved.bucket_id, reason, now)
        )
    return Probed(saved.account_id, saved.bucket_id, saved.url, reason)
