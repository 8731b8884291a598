"""Tries every saved bucket once an hour, so that a bad key is known before a window is due."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from shared.errors import SluiceError
from shared.jobs.probe import probe
from shared.jobs.services import Services
from shared.reasons import Blame, of
from shared.state import buckets
from shared.state.buckets import SavedBucket

# Buckets that are claimed together, for each one that is tried at a time.
BATCHES = 4


@dataclass(frozen=True, slots=True)
class Probed:
    """What became of one bucket; None is that it lets us in."""

    account_id: int
    bucket_id: int
    url: str
    reason: str | None


def probe_buckets(services: Services, now: datetime) -> list[Probed]:
    """Try the buckets that were not tried for an hour, a few at a time, for a few minutes.

    Two that do so at once share the work. What is left over is due at the next call; what a
    process that died had begun, an hour later.
    """
    limits = services.limits
    ends = time.monotonic() + limits.probing_time.total_seconds()
    found: list[Probed] = []
    with ThreadPoolExecutor(limits.probes_at_once) as pool:
        while time.monotonic() < ends:
            due = services.database.run(
                lambda c: buckets.claim_due(
                    c,
                    before=now - limits.probe_every,
                    now=now,
                    limit=BATCHES * limits.probes_at_once,
                )
            )
            if not due:
                break
            found += pool.map(lambda saved: _probed(services, saved, now), due)
    return found


def _probed(services: Services, saved: SavedBucket, now: datetime) -> Probed:
    reason: str | None
    try:
        trial = probe(services, saved.account_id, saved.url)
    except SluiceError as error:
        reason = error.reason
    else:
        reason = None if trial.fault is None else trial.fault.reason
    if reason is None or of(reason).blame is not Blame.TRANSIENT:
        # What passes proves nothing against the bucket, nor for it.
        services.database.run(
            lambda c: buckets.note_probe(c, saved.account_id, saved.bucket_id, reason, now)
        )
    return Probed(saved.account_id, saved.bucket_id, saved.url, reason)
