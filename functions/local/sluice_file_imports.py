"""Reads connections and imports from sluice.yaml."""

from collections.abc import Callable, Mapping
from datetime import datetime, time
from pathlib import Path
from typing import Any

from functions.local.cli_values import how_often, moment
from functions.local.connecting import place_of
from functions.local.sluice_file_keys import opened_with
from functions.local.yaml_values import Keys, Node, Wrong, boolean, list_of, one_of, plain, text
from shared.domain.connections import Access
from shared.domain.declared import at_line
from shared.domain.declared_imports import DeclaredImport, DeclaredSchedule
from shared.domain.import_columns import FieldType
from shared.domain.import_mapping import EXTRA, Kind, Property
from shared.domain.import_mapping import Mapping as ColumnMapping
from shared.domain.import_schedules import When
from shared.domain.import_specs import SourceQuery
from shared.domain.import_words import WEEKDAYS, Weekday
from shared.errors import InvalidInput
from shared.jobs.declared import ConnectionEntry

_LAST_DAY = -1
_KINDS_OF_SCHEDULES = ("every", "weekly", "monthly", "at")


def connection(source: str, folder: Path, name: str, node: Node) -> ConnectionEntry:
    """One connection of the file, with its key."""
    keys = Keys(source, node, f"the connection {name}")
    place = keys.need("dataset", lambda value: place_of(text(value)))
    read_only = keys.get("read_only", boolean, False)
    key_file, impersonate = opened_with(source, folder, keys)
    keys.end()
    access = Access.READ_ONLY if read_only else Access.READ_WRITE
    return ConnectionEntry(name, keys.line(), place, access, key_file, impersonate)


def import_(source: str, name: str, node: Node) -> DeclaredImport:
    """One import of the file; all that it maps is named there."""
    keys = Keys(source, node, f"the import {name}")
    connected = keys.need("connection", text)
    with at_line(source, keys.line()):
        query = SourceQuery(keys.get("table", text, None), keys.get("sql", text, None))
    mapping = _mapping(source, keys)
    schedule = _schedule(source, keys)
    paused, stopped = keys.get("paused", boolean, None), keys.get("stopped", boolean, False)
    keys.end()
    return DeclaredImport(
        name=name,
        line=keys.line(),
        connection=connected,
        source=query,
        mapping=mapping,
        schedule=schedule,
        paused=paused,
        stopped=stopped,
    )


def _mapping(source: str, keys: Keys) -> ColumnMapping:
    kind = keys.get("kind", one_of(Kind), Kind.EVENTS)
    named = ("updated_on", "created_on", "event_name", "event_name_column")
    chosen: dict[str, Any] = {"identity": keys.need("identity", text)}
    chosen |= {name: keys.get(name, text, None) for name in named}
    extra = [(ours, keys.get(ours, text, None)) for ours in EXTRA[kind]]
    properties = keys.named("properties")
    given = [_property(source, name, node) for name, node in properties.items()]
    with at_line(source, keys.line()):
        return ColumnMapping(
            kind=kind,
            extra=tuple((ours, theirs) for ours, theirs in extra if theirs is not None),
            properties=tuple(given),
            **chosen,
        )


def _property(source: str, name: str, node: Node) -> Property:
    """`name: type`, or a column of another name with its type."""
    if isinstance(node.value, str):
        with at_line(source, node.start_mark.line + 1):
            try:
                return Property(name, name, one_of(FieldType)(node))
            except Wrong as error:
                raise InvalidInput(f"The property {name} must be {error.args[0]}.") from None
    keys = Keys(source, node, f"the property {name}")
    column, kind = keys.get("column", text, name), keys.need("type", one_of(FieldType))
    keys.end()
    return Property(column, name, kind)


def _schedule(source: str, keys: Keys) -> DeclaredSchedule:
    given = {name: keys.get(name, read, None) for name, read in _SCHEDULE.items()}
    chosen = [name for name in _KINDS_OF_SCHEDULES if given[name] is not None]
    with at_line(source, keys.line()):
        if len(chosen) > 1:
            raise InvalidInput(f"Give one of {', '.join(chosen)}: an import has one schedule.")
        if given["start"] is not None and chosen != ["every"]:
            raise InvalidInput("`start` is the first run of what comes `every` so often.")
        if given["times"] and chosen not in (["weekly"], ["monthly"]):
            raise InvalidInput("`times` are those of the days that `weekly` or `monthly` names.")
    times = given["times"] or ()
    match chosen:
        case ["every"]:
            when, every = given["every"]
            return DeclaredSchedule(when=when, every=every, start_at=given["start"])
        case ["at"]:
            return DeclaredSchedule(when=When.AT, start_at=given["at"])
        case ["weekly"]:
            days = tuple(WEEKDAYS.index(day) for day in given["weekly"])
            return DeclaredSchedule(when=When.WEEKLY, days=days, times=times)
        case ["monthly"]:
            return DeclaredSchedule(when=When.MONTHLY, days=given["monthly"], times=times)
        case _:
            return DeclaredSchedule()


def _moment(node: Node) -> datetime:
    return moment(plain(node, "a time such as 2026-11-22T12:00:00Z", "timestamp", "str"))


def _clock(node: Node) -> time:
    # Without quotes YAML takes 12:30 for a number of base 60.
    wanted = "local times such as 09:30"
    written = plain(node, wanted, "str", "int")
    try:
        return time.fromisoformat(written if ":" in written else "")
    except ValueError:
        raise Wrong(wanted) from None


def _day_of_month(node: Node) -> int:
    wanted = "days from 1 to 31, or last"
    written = plain(node, wanted, "int", "str")
    if written == "last":
        return _LAST_DAY
    if not written.isascii() or not written.isdecimal() or len(written) > 2:
        raise Wrong(wanted)
    return int(written)


_SCHEDULE: Mapping[str, Callable[[Node], Any]] = {
    "every": lambda node: how_often(text(node)),
    "start": _moment,
    "at": _moment,
    "weekly": list_of(one_of(Weekday)),
    "monthly": list_of(_day_of_month),
    "times": list_of(_clock),
}
