"""Frees what processes of this machine held when they died, so that others need not wait."""

import os
from collections.abc import Iterable
from functools import partial

from shared.bootstrap import owner_name
from shared.jobs.services import Services
from shared.state import slices


def release_dead_leases(services: Services) -> None:
    """Free what processes of this machine held when they were killed."""
    host = owner_name(0).rpartition(":")[0]
    owners = services.database.run(slices.lease_owners)
    dead = [
        owner
        for owner in owners
        if owner.rpartition(":")[0] == host and not _is_alive(int(owner.rpartition(":")[2]))
    ]
    release_leases(services, dead)


def release_leases(services: Services, owners: Iterable[str]) -> None:
    """Free every lease of owners that are known to be dead."""
    for owner in owners:
        services.database.run(partial(slices.release_owned_by, owner=owner))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
