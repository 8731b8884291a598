"""Tries the buckets of failing exports, several at a time, within a time that is set."""

import time
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor

from shared.domain.bucket_steps import Trial
from shared.errors import CustomerFault, SluiceError
from shared.jobs.services import Services
from shared.logs import log

# (account, address of the bucket)
Place = tuple[int, str]


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
        return services.bucket(account_id, url).try_out()
    except CustomerFault as fault:
        return Trial(fault=fault)
    except SluiceError as error:
        # Nobody is warned or stopped for what hinders only the trial.
        log("probe_failed", severity="WARNING", account=account_id, reason=error.reason)
        return None
