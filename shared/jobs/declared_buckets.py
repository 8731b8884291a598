"""Makes buckets as a file declares them: what is new or has another key is tried, then saved."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from shared.credentials.kinds import Credential, Impersonation, ServiceAccountKey, kind_of
from shared.domain.declared import Access, Change, DeclaredBucket, Verb, at_line, bucket_change
from shared.errors import InvalidInput
from shared.jobs.bucket_credentials import credential_of
from shared.jobs.declared_entries import BucketEntry, Declared
from shared.jobs.manage_buckets import add_bucket, rotate_bucket
from shared.jobs.services import Services
from shared.jobs.try_bucket import try_credential
from shared.state.buckets import SavedBucket


def bucket_changes(
    services: Services, declared: Declared, saved: Mapping[str, SavedBucket]
) -> list[Change]:
    """What has to be done about the buckets of the file."""
    changes = [_bucket_change(services, declared, entry, saved) for entry in declared.buckets]
    return [change for change in changes if change is not None]


def check_bucket(services: Services, declared: Declared, name: str) -> str:
    """Try a bucket with its new credentials; its address, or InvalidInput when it is closed."""
    entry = _entry(declared, name)
    credential = _credential(services, declared, entry)
    try_credential(services, declared.account_id, entry.url, credential)
    return entry.url


def apply_bucket(services: Services, declared: Declared, change: Change) -> None:
    """Save the bucket, or give it new credentials."""
    entry = _entry(declared, change.name)
    save = partial(add_bucket, nickname=entry.nickname)
    act = save if change.verb is Verb.SAVE else rotate_bucket
    act(
        services,
        declared.account_id,
        entry.url,
        key_file=entry.key_file,
        impersonate=entry.impersonate,
    )


def access_of(credential: Credential) -> Access:
    """How this credential opens something, without the key."""
    kind = str(kind_of(credential))
    match credential:
        case ServiceAccountKey(email=email, key_id=key_id):
            return kind, email, key_id
        case Impersonation(email=email):
            return kind, email, None
        case _:
            return kind, None, None


def _bucket_change(
    services: Services,
    declared: Declared,
    entry: BucketEntry,
    saved: Mapping[str, SavedBucket],
) -> Change | None:
    with at_line(declared.source, entry.line):
        access = access_of(_credential(services, declared, entry))
        wanted = DeclaredBucket(entry.nickname, entry.line, entry.url, access)
        there = saved.get(entry.nickname)
        _check_apart(entry, declared.buckets, saved.values())
        if there is None:
            return bucket_change(wanted, None, None)
        now = there.access
        return bucket_change(wanted, there.url, (now.kind, now.email, now.key_id))


def _check_apart(
    entry: BucketEntry, entries: Sequence[BucketEntry], saved: Iterable[SavedBucket]
) -> None:
    """Refuse an address under a second nickname."""
    others = [(each.url, each.nickname) for each in entries]
    others += [(each.url, each.nickname) for each in saved]
    for url, nickname in others:
        if url == entry.url and nickname != entry.nickname:
            raise InvalidInput(f"The bucket {url} has the nickname {nickname}; give it one only.")


def _credential(services: Services, declared: Declared, entry: BucketEntry) -> Credential:
    return credential_of(services, declared.account_id, entry.key_file, entry.impersonate)


def _entry(declared: Declared, name: str) -> BucketEntry:
    return next(entry for entry in declared.buckets if entry.nickname == name)
