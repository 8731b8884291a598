"""Tries buckets for the monitor: saved ones each hour, those of failing exports at each look."""

import time
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from shared import reasons
from shared.domain.bucket_steps import Trial
from shared.errors import CustomerFault, SluiceError
from shared.jobs.probe import probe
from shared.jobs.probe_buckets import Probed, probe_buckets
from shared.jobs.services import Services
from shared.logs import log
from shared.reasons import Blame

# (account, address of the bucket)
Place = tuple[int, str]


def probe_saved(services: Services, now: datetime) -> Mapping[Place, Trial]:
    """What was found of the saved buckets that had not been tried for an hour."""
    found = {(each.account_id, each.url): _told(each) for each in probe_buckets(services, now)}
    return {place: trial for place, trial in found.items() if trial is not None}


def probe_all(services: Services, places: Collection[Place]) -> Mapping[Place, Trial]:
    """What was found of each bucket; those of which nothing can be told now are left out."""
    deadline = time.monotonic() + services.watching.probes_time.total_seconds()
    order = sorted(places)

    def tried(place: Place) -> Trial | None:
        return None if time.monotonic() > deadline else _tried(services, place)

    if not order:
        return {}
    with ThreadPoolExecutor(min(services.watching.probes_at_once, len(order))) as pool:
        found = zip(order, pool.map(tried, order), strict=True)
        return {place: trial for place, trial in found if trial is not None}


def _tried(services: Services, place: Place) -> Trial | None:
    account_id, url = place
    try:
        trial = probe(services, account_id, url)
    except SluiceError as error:
        # Nobody is warned or stopped for what hinders only the trial.
        log("probe_failed", account=account_id, reason=error.reason)
        return None
    return trial if trial.fault is None or _is_customers(trial.fault.reason) else None


def _told(probed: Probed) -> Trial | None:
    """The same of a saved bucket; None when it says nothing of the bucket itself."""
    if probed.reason is None:
        return Trial()
    if not _is_customers(probed.reason):
        return None
    return Trial(fault=CustomerFault(reasons.of(probed.reason).message, reason=probed.reason))


def _is_customers(reason: str) -> bool:
    return reasons.of(reason).blame is Blame.CUSTOMER
