"""What comes before the first answer of a process: the first account and its admin."""

import os
from functools import lru_cache

from shared import bootstrap
from shared.jobs.manage_accounts import first_admin
from shared.jobs.services import Services


def services_with_admin() -> Services:
    """The services of this process, in which SLUICE_ADMIN_EMAIL is an admin where none was.

    Not done while the module loads: the server forks after that, and state may be out of reach.
    """
    return _started(bootstrap.services())


# One process has one; when it fails, the next request tries again.
@lru_cache(maxsize=1)
def _started(services: Services) -> Services:
    first_admin(services, os.environ)
    return services
