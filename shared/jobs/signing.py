"""The secrets with which page tokens and forms are signed, read from state once a process."""

from functools import lru_cache

from shared.jobs.services import Services
from shared.state import signing_secrets
from shared.state.database import Database


def signing_secret(services: Services, purpose: str) -> bytes:
    """The secret of this installation for a purpose: `pages` or `forms`."""
    return _secret(services.database, purpose)


# A process has one database; tests have a few.
@lru_cache(maxsize=8)
def _secret(database: Database, purpose: str) -> bytes:
    return database.run(lambda c: signing_secrets.of(c, purpose))
