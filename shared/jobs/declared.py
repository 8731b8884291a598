"""Makes buckets and exports as a file declares them: plan, check, apply."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from shared.credentials.kinds import Credential, Impersonation, ServiceAccountKey, kind_of
from shared.domain.declared import (
    Access,
    Change,
    DeclaredBucket,
    DeclaredExport,
    PresentExport,
    Verb,
    at_line,
    bucket_change,
    export_change,
)
from shared.errors import InvalidInput
from shared.jobs.bucket_credentials import credential_of
from shared.jobs.manage_buckets import add_bucket, list_buckets, rotate_bucket
from shared.jobs.manage_exports import (
    account_of,
    check_source,
    check_source_and_target,
    create_export,
    edit_export,
    stop_export,
)
from shared.jobs.services import Services
from shared.jobs.try_bucket import try_credential
from shared.state import exports
from shared.state.buckets import SavedBucket


@dataclass(frozen=True, slots=True)
class BucketEntry:
    """A bucket of the file, with the content of its key file."""

    nickname: str
    line: int
    url: str
    key_file: bytes | None = field(repr=False)
    impersonate: str | None


@dataclass(frozen=True, slots=True)
class Declared:
    """What a file declares."""

    source: str
    account_id: int
    buckets: tuple[BucketEntry, ...]
    exports: tuple[DeclaredExport, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes that make state agree with the file, in their order."""

    declared: Declared
    changes: tuple[Change, ...]
    # Live exports with a name, and buckets, that the file does not have: they stay as they are.
    left_exports: tuple[str, ...]
    left_buckets: tuple[str, ...]


def plan_of(services: Services, declared: Declared) -> Plan:
    """What would have to change; raises InvalidInput, with its line, for what can never be."""
    account = account_of(services, declared.account_id)
    now = services.clock()
    saved = {each.nickname: each for each in list_buckets(services, declared.account_id)}
    changes = [_bucket_change(services, declared, entry, saved) for entry in declared.buckets]
    urls = {name: each.url for name, each in saved.items()}
    urls |= {entry.nickname: entry.url for entry in declared.buckets}
    names = [wanted.name for wanted in declared.exports]
    present, live = services.database.run(
        lambda c: (
            exports.named(c, declared.account_id, names),
            exports.names_of_live(c, declared.account_id),
        )
    )
    for wanted in declared.exports:
        there = present.get(wanted.name)
        known = None if there is None else PresentExport(there.export_id, there.spec, there.status)
        with at_line(declared.source, wanted.line):
            url = _url(wanted.bucket, urls)
            changes.append(export_change(account, now, wanted, url, known))
    order = list(Verb)
    return Plan(
        declared,
        tuple(sorted(filter(None, changes), key=lambda change: order.index(change.verb))),
        tuple(sorted(set(live) - set(names))),
        tuple(sorted(set(saved) - {entry.nickname for entry in declared.buckets})),
    )


def check(services: Services, plan: Plan) -> None:
    """Try all that is new before anything is changed; raises InvalidInput with its line."""
    declared = plan.declared
    entries = {entry.nickname: entry for entry in declared.buckets}
    tried = set()
    for change in plan.changes:
        with at_line(declared.source, change.line):
            if change.what == "bucket":
                entry = entries[change.name]
                credential = _credential(services, declared, entry)
                try_credential(services, declared.account_id, entry.url, credential)
                tried.add(entry.url)
            elif change.spec is not None and change.spec.bucket in tried:
                check_source(services, declared.account_id, change.spec)
            elif change.spec is not None:
                check_source_and_target(services, declared.account_id, change.spec)


def apply_plan(services: Services, plan: Plan) -> list[int | None]:
    """Make the changes; gives the request id of each export among them.

    What was made before one fails stays, and the next plan shows the rest.
    """
    made: list[int | None] = []
    for change in plan.changes:
        try:
            with at_line(plan.declared.source, change.line):
                made.append(_apply(services, plan.declared, change))
        except InvalidInput as error:
            if not made:
                raise
            raise InvalidInput(
                f"{error.message} {len(made)} of {len(plan.changes)} changes were made before.",
                reason=error.reason,
            ) from error
    return made


def _apply(services: Services, declared: Declared, change: Change) -> int | None:
    account_id = declared.account_id
    entries = {entry.nickname: entry for entry in declared.buckets}
    match change.verb:
        case Verb.SAVE | Verb.ROTATE:
            entry = entries[change.name]
            save = partial(add_bucket, nickname=entry.nickname)
            act = save if change.verb is Verb.SAVE else rotate_bucket
            act(
                services,
                account_id,
                entry.url,
                key_file=entry.key_file,
                impersonate=entry.impersonate,
            )
            return None
        case Verb.STOP if change.export_id is not None:
            stop_export(services, account_id, change.export_id)
            return change.export_id
        case Verb.EDIT if change.export_id is not None:
            edit_export(services, account_id, change.export_id, **(change.settings or {}))
            return change.export_id
        case _:
            settings = change.settings or {}
            return create_export(services, account_id, name=change.name, **settings).export_id


def _bucket_change(
    services: Services,
    declared: Declared,
    entry: BucketEntry,
    saved: Mapping[str, SavedBucket],
) -> Change | None:
    with at_line(declared.source, entry.line):
        access = _access(_credential(services, declared, entry))
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


def _access(credential: Credential) -> Access:
    kind = str(kind_of(credential))
    match credential:
        case ServiceAccountKey(email=email, key_id=key_id):
            return kind, email, key_id
        case Impersonation(email=email):
            return kind, email, None
        case _:
            return kind, None, None


def _url(bucket: str, urls: Mapping[str, str]) -> str:
    """The address of a bucket by its nickname; an address stands for itself."""
    if "://" in bucket:
        return bucket
    if bucket not in urls:
        known = ", ".join(sorted(urls)) or "none yet"
        raise InvalidInput(
            f"There is no bucket {bucket!r}; name one of the file or one that is saved ({known})."
        )
    return urls[bucket]
