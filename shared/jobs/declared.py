"""Makes buckets, connections, exports and imports as a file declares them: plan, check, apply."""

from collections.abc import Iterable, Iterator, Mapping

from shared.domain.declared import Change, PresentExport, Verb, at_line, export_change
from shared.errors import InvalidInput
from shared.jobs.declared_buckets import apply_bucket, bucket_changes, check_bucket
from shared.jobs.declared_connections import (
    apply_connection,
    check_connection,
    connection_changes,
)
from shared.jobs.declared_entries import BucketEntry, ConnectionEntry, Declared, Plan
from shared.jobs.declared_imports import apply_import, changes_of_imports, check_import
from shared.jobs.manage_buckets import list_buckets
from shared.jobs.manage_exports import (
    account_of,
    check_source,
    check_source_and_target,
    create_export,
    edit_export,
    stop_export,
)
from shared.jobs.services import Services
from shared.state import connections, exports, imports

__all__ = [
    "BucketEntry",
    "ConnectionEntry",
    "Declared",
    "Plan",
    "apply_plan",
    "check",
    "plan_of",
]


def plan_of(services: Services, declared: Declared) -> Plan:
    """What would have to change; raises InvalidInput, with its line, for what can never be."""
    account_id = declared.account_id
    account_of(services, account_id)
    saved = {each.nickname: each for each in list_buckets(services, account_id)}
    live, connected, importing = services.database.run(
        lambda c: (
            exports.names_of_live(c, account_id),
            connections.names(c, account_id),
            imports.names_of_live(c, account_id),
        )
    )
    urls = {name: each.url for name, each in saved.items()}
    changes = [
        *bucket_changes(services, declared, saved),
        *connection_changes(services, declared),
        *_export_changes(services, declared, urls),
        *changes_of_imports(services, declared, connected),
    ]
    order = list(Verb)
    return Plan(
        declared,
        tuple(sorted(changes, key=lambda change: order.index(change.verb))),
        left_exports=_left(live, (each.name for each in declared.exports)),
        left_buckets=_left(saved, (each.nickname for each in declared.buckets)),
        left_imports=_left(importing, (each.name for each in declared.imports)),
        left_connections=_left(connected, (each.name for each in declared.connections)),
    )


def check(services: Services, plan: Plan) -> None:
    """Try all that is new before anything is changed; raises InvalidInput with its line."""
    declared = plan.declared
    tried, opened = set(), set()
    for change in plan.changes:
        if change.what == "connection":
            opened.add(change.name)
            check_connection(services, plan, change)
            continue
        with at_line(declared.source, change.line):
            if change.what == "bucket":
                tried.add(check_bucket(services, declared, change.name))
            elif change.what == "import":
                check_import(services, declared, change, opened)
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
                f"{error.message} Made before: {len(made)} of {len(plan.changes)}.",
                reason=error.reason,
            ) from error
    return made


def _apply(services: Services, declared: Declared, change: Change) -> int | None:
    match change.what:
        case "bucket":
            apply_bucket(services, declared, change)
        case "connection":
            apply_connection(services, declared, change)
        case "import":
            apply_import(services, declared, change)
        case _:
            return _apply_export(services, declared.account_id, change)
    return None


def _apply_export(services: Services, account_id: int, change: Change) -> int:
    match change.verb:
        case Verb.STOP if change.export_id is not None:
            stop_export(services, account_id, change.export_id)
            return change.export_id
        case Verb.EDIT if change.export_id is not None:
            edit_export(services, account_id, change.export_id, **(change.settings or {}))
            return change.export_id
        case _:
            settings = change.settings or {}
            return create_export(services, account_id, name=change.name, **settings).export_id


def _export_changes(
    services: Services, declared: Declared, saved_urls: Mapping[str, str]
) -> Iterator[Change]:
    account, now = account_of(services, declared.account_id), services.clock()
    urls = {**saved_urls, **{entry.nickname: entry.url for entry in declared.buckets}}
    names = [wanted.name for wanted in declared.exports]
    present = services.database.run(lambda c: exports.named(c, declared.account_id, names))
    for wanted in declared.exports:
        there = present.get(wanted.name)
        known = None if there is None else PresentExport(there.export_id, there.spec, there.status)
        with at_line(declared.source, wanted.line):
            url = _url(wanted.bucket, urls)
            change = export_change(account, now, wanted, url, known)
        if change is not None:
            yield change


def _left(there: Iterable[str], named: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(there) - set(named)))


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
