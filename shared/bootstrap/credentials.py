"""Google's credentials from those of customers."""

from functools import cache
from typing import TYPE_CHECKING

from shared.credentials.kinds import Credential, ServiceAccountKey

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

    from shared.adapters.iam import Iam


def google_credentials(
    credential: Credential, iam: "Iam | None", scope: str | None = None
) -> "Credentials | None":
    """What Google's libraries take; none of ours ever stands in for a customer's."""
    if credential is None:
        return None
    from shared.credentials.rebuilt import STORAGE_SCOPE, credentials_of

    wanted = scope or STORAGE_SCOPE
    if isinstance(credential, ServiceAccountKey):
        return credentials_of(credential, wanted)
    return (iam or _iam()).credentials_of(credential, wanted)


@cache
def _iam() -> "Iam":
    """Finds out who we are once a process, not once a slice; what others show is read each time."""
    from shared.adapters.iam import Iam

    return Iam()
