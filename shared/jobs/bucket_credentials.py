"""Credentials of a bucket on their way in: read, kept as a secret, and destroyed at last."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.credentials.key_file import parse, secret_of
from shared.credentials.kinds import Credential, Impersonation, kind_of
from shared.domain.bucket_access import Access, secret_name
from shared.errors import InvalidInput, SluiceError
from shared.jobs.lookup import account_of
from shared.jobs.services import Services
from shared.logs import log
from shared.state import buckets

UNKNOWN_COMMIT = "commit-unknown"


def credential_of(
    services: Services, account_id: int, key_file: bytes | None, impersonate: str | None
) -> Credential:
    """What was given to open a bucket; raises InvalidInput when it is no credential."""
    if key_file is not None and impersonate is not None:
        raise InvalidInput("Give either a key file or a service account to act as, not both.")
    if key_file is not None:
        return parse(key_file)
    if impersonate is not None:
        return Impersonation(
            impersonate, services.database.run(lambda c: buckets.proof(c, account_id))
        )
    return None


def keep_credential(
    services: Services, account_id: int, url: str, credential: Credential, what: str = "bucket"
) -> Access:
    """How the bucket or dataset is opened from now on; a key goes to the store of secrets."""
    kind = str(kind_of(credential))
    if credential is None:
        return Access(kind)
    if isinstance(credential, Impersonation):
        return Access(kind, email=credential.email)
    name = secret_name(account_id, url, what)
    secret = services.secrets.put(name, secret_of(credential))
    return Access(kind, email=credential.email, key_id=credential.key_id, secret=secret)


@contextmanager
def kept_only_if_used(services: Services, access: Access) -> Iterator[None]:
    """Destroy a new key again unless the block, which tries and saves it, comes to its end."""
    try:
        yield
    except BaseException as error:
        # It may have been saved after all: a bucket whose key is gone would be worse than a key
        # that lies unused.
        if not isinstance(error, SluiceError) or error.reason != UNKNOWN_COMMIT:
            destroy_key(services, access.secret)
        raise


def destroy_key(services: Services, reference: str | None) -> None:
    """Destroy a key that nobody refers to any more; that it could not be done changes nothing."""
    if reference is None:
        return
    try:
        services.secrets.destroy(reference)
    except SluiceError as error:
        log("secret_left", secret=reference, reason=error.reason)


def ownership_proof(services: Services, account_id: int) -> str:
    """The text that the owner of a service account puts into its description.

    Only then Sluice acts as that service account for this account, without a key.
    """
    account_of(services, account_id)
    return services.database.run(lambda c: buckets.proof(c, account_id))
