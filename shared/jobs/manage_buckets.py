"""What people do with their buckets: save, test, rotate the credentials, remove."""

import re
from collections.abc import Mapping
from hashlib import sha256

from sqlalchemy import Connection

from shared.credentials.key_file import parse, secret_of
from shared.credentials.kinds import Credential, Impersonation, ServiceAccountKey, kind_of
from shared.domain.cloud_names import bucket_name
from shared.errors import CustomerFault, InvalidInput, SluiceError
from shared.jobs.manage_exports import account_of
from shared.jobs.services import Services
from shared.logs import log
from shared.state import buckets, exports
from shared.state.buckets import Access, NewBucket, SavedBucket

_NICKNAME = re.compile(r"\S(.{0,62}\S)?")


def add_bucket(
    services: Services,
    account_id: int,
    url: str,
    *,
    nickname: str | None = None,
    key_file: bytes | None = None,
    impersonate: str | None = None,
) -> SavedBucket:
    """Save a bucket once its credentials open it; its nickname is its name unless one is given.

    Raises InvalidInput, and then nothing was kept.
    """
    account_of(services, account_id)
    new_name = _checked_nickname(bucket_name(url) if nickname is None else nickname)
    _check_free(services, account_id, url, new_name)
    credential = _credential(services, account_id, key_file, impersonate)
    _try(services, url, credential)
    new = NewBucket(account_id, new_name, url, _kept(services, account_id, url, credential))
    saved = services.database.run(lambda c: buckets.insert(c, new, services.clock()))
    if saved is None:
        # Somebody else saved the same one since it was looked for.
        _destroy(services, new.access.secret)
        raise _taken(url, new_name)
    return saved


def rotate_bucket(
    services: Services,
    account_id: int,
    name: str,
    *,
    key_file: bytes | None = None,
    impersonate: str | None = None,
) -> SavedBucket:
    """Take new credentials, once they open the bucket; the old key is destroyed.

    Raises InvalidInput, and then the old credentials stay.
    """
    before = bucket_of(services, account_id, name)
    credential = _credential(services, account_id, key_file, impersonate)
    _try(services, before.url, credential)
    access = _kept(services, account_id, before.url, credential)
    now = services.clock()
    if not services.database.run(lambda c: buckets.set_access(c, before, access, now)):
        _destroy(services, access.secret)
        raise InvalidInput(
            f"The bucket {before.nickname} changed meanwhile; look at it and rotate again."
        )
    _destroy(services, before.access.secret)
    return bucket_of(services, account_id, before.url)


def probe_bucket(services: Services, account_id: int, name: str) -> SavedBucket:
    """Open the bucket with what is saved, as a run would; raises the fault that it would meet."""
    saved = bucket_of(services, account_id, name)
    services.bucket(account_id, saved.url).check()
    now = services.clock()
    services.database.run(lambda c: buckets.set_worked(c, account_id, saved.bucket_id, now))
    return bucket_of(services, account_id, saved.url)


def remove_bucket(services: Services, account_id: int, name: str) -> SavedBucket:
    """Forget the bucket and destroy its key; raises InvalidInput while a live export uses it."""

    def store(connection: Connection) -> SavedBucket:
        saved = _existing(connection, account_id, name)
        buckets.hold(connection, account_id, saved.url)
        users = [str(each) for each in exports.live_in_bucket(connection, account_id, saved.url)]
        if users:
            raise InvalidInput(
                f"The bucket {saved.nickname} is in use; stop these exports first: "
                f"{', '.join(users)}."
            )
        buckets.remove(connection, account_id, saved.bucket_id)
        return saved

    saved = services.database.run(store)
    _destroy(services, saved.access.secret)
    return saved


def list_buckets(services: Services, account_id: int) -> list[SavedBucket]:
    """All buckets of the account, by nickname."""
    return services.database.run(lambda c: buckets.list_all(c, account_id))


def bucket_of(services: Services, account_id: int, name: str) -> SavedBucket:
    """The bucket with this address or nickname; raises InvalidInput when there is none."""
    return services.database.run(lambda c: _existing(c, account_id, name))


def _existing(connection: Connection, account_id: int, name: str) -> SavedBucket:
    saved = buckets.find_named(connection, account_id, name)
    if saved is None:
        raise InvalidInput(
            f"The account {account_id} has no such bucket; list those it has with the command "
            "bucket list."
        )
    return saved


def _check_free(services: Services, account_id: int, url: str, nickname: str) -> None:
    """Raise InvalidInput before anything is tried or kept, when a name is taken."""
    for saved in list_buckets(services, account_id):
        if saved.url == url or saved.nickname == nickname:
            raise _taken(url, nickname)


def _taken(url: str, nickname: str) -> InvalidInput:
    return InvalidInput(
        f"The account has the bucket {url} or the nickname {nickname} already; choose another "
        "nickname, or give new credentials with the command bucket rotate."
    )


def _checked_nickname(nickname: str) -> str:
    if not _NICKNAME.fullmatch(nickname) or not nickname.isprintable() or "://" in nickname:
        raise InvalidInput(
            "Give a nickname of 1 to 64 characters, without spaces at its ends, and no address."
        )
    return nickname


def _credential(
    services: Services, account_id: int, key_file: bytes | None, impersonate: str | None
) -> Credential:
    if key_file is not None and impersonate is not None:
        raise InvalidInput("Give either a key file or a service account to act as, not both.")
    if key_file is not None:
        return parse(key_file)
    if impersonate is not None:
        return Impersonation(
            impersonate, services.database.run(lambda c: buckets.proof(c, account_id))
        )
    return None


def _try(services: Services, url: str, credential: Credential) -> None:
    try:
        services.open_with(url, credential).check()
    except CustomerFault as error:
        advice = (
            " Check that the bucket name matches exactly; create the key again, copy and paste it."
            if isinstance(credential, ServiceAccountKey)
            else ""
        )
        raise InvalidInput(error.message + advice, reason=error.reason) from error


def _kept(services: Services, account_id: int, url: str, credential: Credential) -> Access:
    """How the bucket is opened from now on; a key goes to the store of secrets."""
    kind = str(kind_of(credential))
    if credential is None:
        return Access(kind)
    if isinstance(credential, Impersonation):
        return Access(kind, email=credential.email)
    # All keys of one bucket are versions of one secret; a bucket's name may not stand in its name.
    name = f"bucket-{account_id}-{sha256(url.encode()).hexdigest()[:16]}"
    secret = services.secrets.put(name, secret_of(credential))
    return Access(kind, email=credential.email, key_id=credential.key_id, secret=secret)


def _destroy(services: Services, reference: str | None) -> None:
    """Destroy a key that nobody refers to any more; that it could not be done changes nothing."""
    if reference is None:
        return
    try:
        services.secrets.destroy(reference)
    except SluiceError as error:
        log("secret_left", severity="WARNING", secret=reference, reason=error.reason)


def shown(saved: SavedBucket) -> Mapping[str, object]:
    """What anybody may see of a bucket."""
    return {
        "nickname": saved.nickname,
        "url": saved.url,
        "kind": saved.access.kind,
        "email": saved.access.email,
        "key_id": saved.access.key_id,
        "created_at": saved.created_at,
        "credentials_at": saved.credentials_at,
        "worked_at": saved.worked_at,
    }
