"""Suggests a mapping from the names and kinds of a table's columns."""

import re
from collections.abc import Sequence

from shared.domain.import_columns import ORDERED, TIMES, USUAL_TYPE, ColumnKind, SourceColumn
from shared.domain.import_mapping import EXTRA, PROPERTIES_MAX, Kind, Mapping, Property
from shared.errors import InvalidInput

# Names in lower case without spaces and underscores, the best first.
_IDENTITY = (
    "identity", "userid", "customerid", "memberid", "accountid", "uid", "user", "customer",
    "clientid", "email", "emailaddress", "phone", "id",
)  # fmt: skip
_UPDATED = (
    "updatedon", "updatedat", "lastupdated", "lastmodified", "modifiedat", "modifiedon",
    "updatetime", "updated", "modified", "changedon", "changedat", "changed", "loadedat",
    "ingestedat",
)  # fmt: skip
_CREATED = (
    "createdon", "createdat", "eventtime", "eventtimestamp", "timestamp", "ts", "occurredat",
    "happenedat", "time", "datetime", "created", "date", "eventdate",
)  # fmt: skip
_EVENT_NAME = ("eventname", "event", "eventtype", "action", "activity")
_EXTRA = {
    "event_id": ("eventid", "insertid", "messageid", "uuid"),
    "object_id": ("objectid", "profileid"),
    "email": ("email", "emailaddress", "mail"),
    "phone": ("phone", "phonenumber", "mobile", "msisdn"),
    "name": ("name", "fullname", "displayname"),
    "platform": ("platform", "os"),
}
_TEXTS = frozenset({ColumnKind.STRING, ColumnKind.INTEGER, ColumnKind.OTHER})


def suggest(columns: Sequence[SourceColumn], kind: Kind, event_name: str = "Imported") -> Mapping:
    """A complete mapping to begin with; what it guesses wrong a person changes.

    `event_name` names the events where no column does. Raises InvalidInput when no column can be
    the identity, or none says when the events happened.
    """
    identity = _named(columns, _IDENTITY, _TEXTS) or _first(columns, _TEXTS)
    if identity is None:
        raise InvalidInput("No column can be the identity; add one of texts or whole numbers.")
    updated_on = _named(columns, _UPDATED, ORDERED)
    extra = tuple(
        (ours, theirs)
        for ours in EXTRA[kind]
        if (theirs := _named(columns, _EXTRA[ours], _TEXTS)) not in (None, identity)
    )
    taken = {identity, updated_on, *(theirs for _, theirs in extra)}
    if kind is Kind.PROFILES:
        return Mapping(
            kind=kind,
            identity=identity,
            updated_on=updated_on,
            extra=_texts(extra),
            properties=_properties(columns, taken),
        )
    created_on = _named(columns, _CREATED, TIMES) or _first(columns, TIMES) or updated_on
    if created_on is None:
        raise InvalidInput("No column says when the events happened; add one of timestamps.")
    name_column = _named(columns, _EVENT_NAME, frozenset({ColumnKind.STRING}))
    taken |= {created_on, name_column}
    return Mapping(
        kind=kind,
        identity=identity,
        updated_on=updated_on,
        created_on=created_on,
        event_name_column=name_column,
        event_name=None if name_column else event_name,
        extra=_texts(extra),
        properties=_properties(columns, taken),
    )


def _texts(extra: tuple[tuple[str, str | None], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((ours, theirs) for ours, theirs in extra if theirs is not None)


def _properties(columns: Sequence[SourceColumn], taken: set[str | None]) -> tuple[Property, ...]:
    others = [column for column in columns if column.name not in taken]
    return tuple(
        Property(column.name, column.name, USUAL_TYPE[column.kind])
        for column in others[:PROPERTIES_MAX]
    )


def _named(
    columns: Sequence[SourceColumn], names: Sequence[str], kinds: frozenset[ColumnKind]
) -> str | None:
    """The column whose name comes first in the list, of those of the right kinds."""
    found = {_plain(column.name): column.name for column in columns if column.kind in kinds}
    return next((found[name] for name in names if name in found), None)


def _first(columns: Sequence[SourceColumn], kinds: frozenset[ColumnKind]) -> str | None:
    return next((column.name for column in columns if column.kind in kinds), None)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
