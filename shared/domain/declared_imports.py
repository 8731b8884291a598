"""Compares the imports that a file declares with what there is.

What only the first run of a schedule depends on, its moment and the zone of the account, is settled
when the import is made, and stays unless the file names it.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

from shared.domain.accounts import Account
from shared.domain.declared import Change, Verb
from shared.domain.import_mapping import Mapping
from shared.domain.import_schedules import Schedule, When
from shared.domain.import_specs import ImportSpec, SourceQuery
from shared.domain.import_states import ImportStatus, Move, check_move
from shared.domain.import_words import fields_of, when_words
from shared.errors import InvalidInput

_COUNTED = (When.MINUTES, When.HOURS, When.DAYS)
_IMPORT = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredSchedule:
    """When an import runs, as far as the file says so."""

    when: When = When.MANUAL
    every: int | None = None
    start_at: datetime | None = None
    days: tuple[int, ...] = ()
    times: tuple[time, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredImport:
    """An import as the file has it."""

    name: str
    line: int
    connection: str
    source: SourceQuery
    mapping: Mapping
    schedule: DeclaredSchedule
    # None leaves it as it is.
    paused: bool | None = None
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class PresentImport:
    """An import of that nickname in state."""

    spec: ImportSpec
    status: ImportStatus  # Running while a run is open
    connection: str


def import_changes(
    account: Account,
    now: datetime,
    wanted: DeclaredImport,
    connection_id: int,
    present: PresentImport | None,
) -> list[Change]:
    """What to do about an import; raises InvalidInput for what can never be."""
    if present is None:
        return [] if wanted.stopped else [_creation(account, now, wanted, connection_id)]
    status = present.status
    if wanted.stopped:
        return [] if status is ImportStatus.STOPPED else [_move(Verb.STOP, wanted)]
    if status is ImportStatus.STOPPED:
        raise InvalidInput(
            f"The import {wanted.name} was stopped for good: say `stopped: true`, or give it a new "
            "name to create it again."
        )
    # A draft does not run, which is all that is asked of one that is paused.
    found = []
    if wanted.paused and status not in (ImportStatus.PAUSED, ImportStatus.DRAFT):
        found.append(_move(Verb.PAUSE, wanted))
        status = ImportStatus.PAUSED
    found += _edit(account, now, wanted, connection_id, replace(present, status=status))
    if status is ImportStatus.DRAFT and not wanted.paused:
        found.append(_move(Verb.START, wanted))
    if status is ImportStatus.PAUSED and wanted.paused is False:
        found.append(_move(Verb.RESUME, wanted))
    return found


def spec_of(
    account: Account,
    now: datetime,
    wanted: DeclaredImport,
    connection_id: int,
    before: ImportSpec | None,
) -> ImportSpec:
    """The settings as they will be; what is the same in another order stays as it is."""
    mapping = wanted.mapping
    if before is not None and before.mapping is not None:
        same = fields_of(before.mapping) == fields_of(mapping)
        mapping = before.mapping if same else mapping
    return ImportSpec(
        nickname=wanted.name,
        connection_id=connection_id,
        source=wanted.source,
        mapping=mapping,
        schedule=_schedule(account, now, wanted.schedule, before),
    )


def _schedule(
    account: Account, now: datetime, wanted: DeclaredSchedule, before: ImportSpec | None
) -> Schedule:
    start_at = wanted.start_at
    there = None if before is None else before.schedule
    if wanted.when in _COUNTED and start_at is None:
        counted = there is not None and there.when in _COUNTED
        start_at = there.start_at if there and counted else now.replace(microsecond=0)
    made = Schedule(
        when=wanted.when,
        time_zone=account.time_zone,
        every=wanted.every,
        start_at=None if start_at is None else start_at.astimezone(UTC),
        days=wanted.days,
        times=wanted.times,
    )
    if there is None or _ordered(replace(made, time_zone=there.time_zone)) != _ordered(there):
        return made
    return there


def _ordered(schedule: Schedule) -> Schedule:
    days, times = tuple(sorted(schedule.days)), tuple(sorted(schedule.times))
    return replace(schedule, days=days, times=times)


def _creation(
    account: Account, now: datetime, wanted: DeclaredImport, connection_id: int
) -> Change:
    spec = spec_of(account, now, wanted, connection_id, None)
    details = [
        f"{wanted.mapping.kind} from {_source(spec)} of {wanted.connection}",
        *(f"{field} from {column}" for field, column in fields_of(wanted.mapping).items()),
        when_words(spec.schedule),
    ]
    if wanted.paused:
        details.append("paused")
    return Change(Verb.CREATE, _IMPORT, wanted.name, wanted.line, tuple(details))


def _edit(
    account: Account,
    now: datetime,
    wanted: DeclaredImport,
    connection_id: int,
    present: PresentImport,
) -> list[Change]:
    before = present.spec
    after = spec_of(account, now, wanted, connection_id, before)
    if after == before:
        return []
    check_move(Move.EDIT, present.status)
    old, new = _shown(before, present.connection), _shown(after, wanted.connection)
    details = [
        f"{name} {old.get(name, 'none')} -> {new.get(name, 'none')}"
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    ]
    if replace(after, schedule=before.schedule) != before:
        details.append("its next run reads all rows again")
    return [Change(Verb.EDIT, _IMPORT, wanted.name, wanted.line, tuple(details))]


def _move(verb: Verb, wanted: DeclaredImport) -> Change:
    return Change(verb, _IMPORT, wanted.name, wanted.line)


def _source(spec: ImportSpec) -> str:
    return f"the table {spec.source.table}" if spec.source.table else "a SELECT"


def _shown(spec: ImportSpec, connection: str) -> dict[str, str]:
    """The settings by name, as the file has them."""
    found = {"connection": connection}
    if spec.source.table is not None:
        found["table"] = spec.source.table
    if spec.source.sql is not None:
        found["sql"] = " ".join(spec.source.sql.split())
    if spec.mapping is not None:
        found |= {"kind": str(spec.mapping.kind)} | fields_of(spec.mapping)
    return found | {"runs": when_words(spec.schedule)}
