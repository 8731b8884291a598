"""What people do with their buckets: save, test, rotate the credentials, remove."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from shared.domain.bucket_access import Access, checked_nickname
from shared.domain.cloud_names import bucket_name
from shared.domain.members import COMMAND_LINE, Actor, check_at_machine, require
from shared.errors import Conflict, InvalidInput
from shared.jobs.audit import record_audit
from shared.jobs.bucket_credentials import (
    credential_of,
    destroy_key,
    keep_credential,
    kept_only_if_used,
)
from shared.jobs.hindered import fault_of
from shared.jobs.lookup import account_of, bucket_of, existing_bucket
from shared.jobs.probe import check_address
from shared.jobs.rates import allow
from shared.jobs.services import Services
from shared.jobs.trials import try_at_once
from shared.jobs.try_bucket import failed_step, try_access, try_bucket
from shared.state import buckets, exports
from shared.state.buckets import NewBucket, SavedBucket

__all__ = [
    "add_bucket",
    "bucket_of",
    "list_buckets",
    "probe_bucket",
    "remove_bucket",
    "rotate_bucket",
]


def add_bucket(
    services: Services,
    account_id: int,
    url: str,
    *,
    nickname: str | None = None,
    key_file: bytes | None = None,
    impersonate: str | None = None,
    actor: Actor = COMMAND_LINE,
) -> SavedBucket:
    """Save a bucket once its credentials open it; its nickname is its name unless one is given.

    Whoever calls this may be allowed to keep secrets and not to read them: a new key is kept,
    tried by the prober, and destroyed when that fails. Raises InvalidInput, and then nothing
    was kept.
    """
    require(actor, "buckets.create")
    check_address(url)
    account_of(services, account_id)
    check_at_machine(actor, url)
    new_name = checked_nickname(bucket_name(url) if nickname is None else nickname)
    _check_free(services, account_id, url, new_name)
    allow(services, account_id, actor, "credentials")
    credential = credential_of(services, account_id, key_file, impersonate)
    access = keep_credential(services, account_id, url, credential)
    with kept_only_if_used(services, access):
        try_access(services, account_id, url, access)
        return _insert(services, NewBucket(account_id, new_name, url, access), actor)


def _insert(services: Services, new: NewBucket, actor: Actor) -> SavedBucket:
    now = services.clock()

    def store(connection: Connection) -> SavedBucket | None:
        stored = buckets.insert(connection, new, now)
        if stored is not None:
            _record(connection, actor, "buckets.create", stored, now)
        return stored

    saved = services.database.run(store)
    if saved is None:
        # Somebody else saved the same one since it was looked for.
        raise _taken(new.url, new.nickname)
    return saved


def rotate_bucket(
    services: Services,
    account_id: int,
    name: str,
    *,
    key_file: bytes | None = None,
    impersonate: str | None = None,
    actor: Actor = COMMAND_LINE,
) -> SavedBucket:
    """Take new credentials, once they open the bucket; the old key is destroyed.

    Raises InvalidInput, and then the old credentials stay.
    """
    require(actor, "buckets.rotate")
    before = bucket_of(services, account_id, name)
    allow(services, account_id, actor, "credentials")
    credential = credential_of(services, account_id, key_file, impersonate)
    access = keep_credential(services, account_id, before.url, credential)
    with kept_only_if_used(services, access):
        try_access(services, account_id, before.url, access)
        _exchange(services, before, access, actor)
    destroy_key(services, before.access.secret)
    try_at_once(services, account_id, before.url, services.clock())
    return bucket_of(services, account_id, before.url)


def _exchange(services: Services, before: SavedBucket, access: Access, actor: Actor) -> None:
    now = services.clock()

    def store(connection: Connection) -> bool:
        if not buckets.set_access(connection, before, access, now):
            return False
        after = replace(before, access=access)
        _record(connection, actor, "buckets.rotate", after, now)
        return True

    if not services.database.run(store):
        raise Conflict(
            f"The bucket {before.nickname} changed meanwhile; look at it and rotate again."
        )


def probe_bucket(
    services: Services, account_id: int, name: str, *, actor: Actor = COMMAND_LINE
) -> SavedBucket:
    """Open the bucket with what is saved, as a run would; raises the fault that it would meet."""
    failed = failed_step(try_bucket(services, account_id, name, actor=actor))
    if failed is not None:
        raise fault_of(failed.reason, failed.detail)
    return bucket_of(services, account_id, name)


def remove_bucket(
    services: Services, account_id: int, name: str, *, actor: Actor = COMMAND_LINE
) -> SavedBucket:
    """Forget the bucket and destroy its key; raises InvalidInput while a live export uses it."""
    require(actor, "buckets.remove")
    now = services.clock()

    def store(connection: Connection) -> SavedBucket:
        saved = existing_bucket(connection, account_id, name)
        buckets.hold(connection, account_id, saved.url)
        users = [str(each) for each in exports.live_in_bucket(connection, account_id, saved.url)]
        if users:
            raise InvalidInput(
                f"The bucket {saved.nickname} is in use; stop these exports first: "
                f"{', '.join(users)}."
            )
        buckets.remove(connection, account_id, saved.bucket_id)
        _record(connection, actor, "buckets.remove", saved, now)
        return saved

    saved = services.database.run(store)
    destroy_key(services, saved.access.secret)
    return saved


def list_buckets(services: Services, account_id: int) -> list[SavedBucket]:
    """All buckets of the account, by nickname."""
    return services.database.run(lambda c: buckets.list_all(c, account_id))


def _record(
    connection: Connection, actor: Actor, action: str, saved: SavedBucket, now: datetime
) -> None:
    access = saved.access
    detail = {
        "nickname": saved.nickname,
        "kind": access.kind,
        "email": access.email,
        "key_id": access.key_id,
    }
    record_audit(connection, actor, saved.account_id, action, saved.url, detail, now=now)


def _check_free(services: Services, account_id: int, url: str, nickname: str) -> None:
    """Raise InvalidInput before anything is tried or kept, when a name is taken."""
    for saved in list_buckets(services, account_id):
        if saved.url == url or saved.nickname == nickname:
            raise _taken(url, nickname)


def _taken(url: str, nickname: str) -> Conflict:
    return Conflict(
        f"The account has the bucket {url} or the nickname {nickname} already; choose another "
        "nickname, or rotate the credentials of the one that is there."
    )
