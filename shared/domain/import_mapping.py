"""How the columns of a customer's table become events or profiles."""

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from shared.domain.import_columns import ORDERED, FieldType, SourceColumn
from shared.errors import CustomerFault, InvalidInput, OurFault

# All of them are made side by side for some thousand rows at once, which bounds the memory.
PROPERTIES_MAX = 200
COLUMN_CHARS_MAX = 300
COLUMN_MISSING = "import-column-missing"
UPDATED_ON_CHANGED = "import-updated-on-changed"


class Kind(StrEnum):
    """What an import brings."""

    EVENTS = "events"
    PROFILES = "profiles"


# Columns of ours that may be filled besides identity, time and event name.
EXTRA = {
    Kind.EVENTS: ("event_id", "object_id", "email", "phone", "name", "platform"),
    Kind.PROFILES: ("object_id", "email", "phone", "name"),
}


@dataclass(frozen=True, slots=True)
class Property:
    """One column that becomes a property."""

    column: str
    name: str
    type: FieldType


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Which column becomes what; columns that are not named are not read."""

    kind: Kind
    # The column whose value names the user.
    identity: str
    # The watermark: after the first run only rows changed since are read. None reads all.
    updated_on: str | None = None
    # Events: when the event happened.
    created_on: str | None = None
    # Events: the column that names the event, or one name for all rows.
    event_name_column: str | None = None
    event_name: str | None = None
    # (column of ours, column of theirs).
    extra: tuple[tuple[str, str], ...] = ()
    properties: tuple[Property, ...] = ()

    def __post_init__(self) -> None:
        if not self.identity:
            raise InvalidInput("Choose the column that holds the identity.")
        _check_event(self)
        _check_extra(self)
        _check_properties(self)
        for column in self.columns:
            if not column or len(column) > COLUMN_CHARS_MAX or "\0" in column:
                raise InvalidInput(f"No column has the name {column[:80]!r}; copy it exactly.")

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are read, each once, in a fixed order."""
        named = (
            self.identity,
            self.updated_on,
            self.created_on,
            self.event_name_column,
            *(theirs for _, theirs in self.extra),
            *(each.column for each in self.properties),
        )
        return tuple(dict.fromkeys(name for name in named if name is not None))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` gives the same mapping back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Dictionary[str, Any]) -> "Mapping":
        """Reads what `to_dict` wrote; OurFault when it holds other keys or values."""
        try:
            properties = tuple(
                Property(each["column"], each["name"], FieldType(each["type"]))
                for each in stored["properties"]
            )
            extra = tuple((ours, theirs) for ours, theirs in stored["extra"])
            changed = {"kind": Kind(stored["kind"]), "extra": extra, "properties": properties}
            return cls(**dict(stored) | changed)
        except (KeyError, TypeError, ValueError) as error:
            raise OurFault(
                f"A stored mapping cannot be read: {error!r}.", reason="bad-mapping"
            ) from error


def check_columns(mapping: Mapping, found: Sequence[SourceColumn]) -> None:
    """Raise CustomerFault when a column that is mapped is not there, or cannot be the watermark."""
    kinds = {column.name: column.kind for column in found}
    missing = [name for name in mapping.columns if name not in kinds]
    if missing:
        raise CustomerFault(
            f"The source has no column {missing[0][:80]!r} any more or never had it; bring it "
            "back, or edit the mapping of the import.",
            reason=COLUMN_MISSING,
        )
    if mapping.updated_on is not None and kinds[mapping.updated_on] not in ORDERED:
        raise CustomerFault(
            f"*Updated On* cannot be the column {mapping.updated_on[:80]!r}, which holds "
            f"{kinds[mapping.updated_on]}; choose one of timestamps, dates or whole numbers.",
            reason=UPDATED_ON_CHANGED,
        )


def _check_event(mapping: Mapping) -> None:
    name_given = (mapping.event_name is not None) + (mapping.event_name_column is not None)
    if mapping.kind is Kind.PROFILES:
        if name_given or mapping.created_on is not None:
            raise InvalidInput(
                "Profiles have no event name and no *Created On*; leave both out, or import events."
            )
        return
    if name_given != 1:
        raise InvalidInput(
            "Say what the events are called: choose the column that names them, or give one name."
        )
    if mapping.event_name is not None and (
        not mapping.event_name.strip() or len(mapping.event_name) > COLUMN_CHARS_MAX
    ):
        raise InvalidInput(f"Give an event name of 1 to {COLUMN_CHARS_MAX} characters.")
    if mapping.created_on is None:
        raise InvalidInput("Choose *Created On*: the column that says when the event happened.")


def _check_extra(mapping: Mapping) -> None:
    allowed = EXTRA[mapping.kind]
    for ours, _ in mapping.extra:
        if ours not in allowed:
            raise InvalidInput(
                f"{mapping.kind} have no column {ours[:80]!r} to fill; choose from: "
                f"{', '.join(allowed)}."
            )
    names = [ours for ours, _ in mapping.extra]
    if len(set(names)) < len(names):
        raise InvalidInput("Fill each column once.")


def _check_properties(mapping: Mapping) -> None:
    if len(mapping.properties) > PROPERTIES_MAX:
        raise InvalidInput(
            f"Choose up to {PROPERTIES_MAX} columns as properties, and make another import for "
            "the others."
        )
    names = [each.name for each in mapping.properties]
    for name in names:
        if not name or len(name) > COLUMN_CHARS_MAX:
            raise InvalidInput(f"Give properties names of 1 to {COLUMN_CHARS_MAX} characters.")
    if len(set(names)) < len(names):
        raise InvalidInput("Two properties have the same name; rename one of them.")
