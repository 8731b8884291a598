"""Who sits at this machine: the member as whom the dashboard takes whoever comes from here."""

import os

from shared.errors import InvalidInput
from shared.jobs.manage_accounts import accounts_of, first_admin
from shared.jobs.services import Services

# The web server's process reads the same variable.
VARIABLE = "LOCAL_MEMBER"
NOBODY_NAMED = "you@localhost"


def be_a_member(services: Services) -> str:
    """Give this machine a member, the admin of a first account unless there are members already.

    Raises InvalidInput when the member that is named has no account.
    """
    admin = os.environ.get("SLUICE_ADMIN_EMAIL")
    member = os.environ.setdefault(VARIABLE, admin or NOBODY_NAMED)
    first_admin(services, os.environ | {"SLUICE_ADMIN_EMAIL": admin or member})
    if not accounts_of(services, member):
        raise InvalidInput(
            f"{member} is no member of any account; add that address with the command members"
            f" put, or name a member in {VARIABLE}."
        )
    return member
