"""What one load is asked to do: which of a file's columns becomes which of ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from shared.errors import InvalidInput
from shared.schema import LOADED_AT, Column, Table, tables

Kind = Literal["events", "profiles"]

ACCOUNT = "account_id"
_PROPS = {"events": "event_props", "profiles": "props"}
_REQUIRED = {"events": ("event_name", "ts"), "profiles": ("object_id",)}


@dataclass(frozen=True, slots=True)
class Request:
    """One load, checked: the target table and where its columns come from."""

    table: Table
    account_id: int
    # Our column -> the file's column, for every column that a file may fill.
    sources: Mapping[str, str]
    # Those that a person named; a file without them is refused.
    named: frozenset[str]

    @property
    def props(self) -> str:
        """The column that takes whatever the file has besides our own columns."""
        return _PROPS[self.table.name]

    @property
    def required(self) -> tuple[str, ...]:
        """Columns without which no row can be loaded."""
        return _REQUIRED[self.table.name]

    @property
    def arrival(self) -> str:
        """The column that says when a row arrived."""
        return self.table.partitioned_by

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that a file may fill, in the table's order."""
        return tuple(column for column in self.table.columns if column.name != ACCOUNT)

    @property
    def consumed(self) -> frozenset[str]:
        """Names in a file that are no properties; two of them only the warehouse may write."""
        return frozenset(self.sources.values()) | {LOADED_AT, self.arrival}


def make_request(
    kind: Kind, *, mapping: Mapping[str, str], arrived: str | None, account_id: int
) -> Request:
    """Check a person's choices; raises InvalidInput."""
    if kind not in tables():
        raise InvalidInput(f"There are no {kind!r} to load; choose events or profiles.")
    table = tables()[kind]
    arrival = table.partitioned_by
    ours = [c.name for c in table.columns if c.name != ACCOUNT]
    for column, source in mapping.items():
        if column == arrival or column in (ACCOUNT, LOADED_AT):
            option = "--arrived COLUMN" if column == arrival else "--account N"
            raise InvalidInput(f"{column} cannot be mapped; use {option} instead.")
        if column not in ours:
            known = ", ".join(name for name in ours if name != arrival)
            raise InvalidInput(f"{kind} have no column {column!r} to map to; choose from: {known}.")
        if not source:
            raise InvalidInput(f"Say which column of the file {column} is: --map {column}=COLUMN.")
    sources = {name: mapping.get(name, name) for name in ours}
    sources[ACCOUNT] = ACCOUNT
    named = set(mapping)
    if arrived is not None:
        sources[arrival] = arrived
        named.add(arrival)
    elif kind == "events":
        # An event arrives now unless --arrived says otherwise; a profile may bring its own time.
        del sources[arrival]
    return Request(table, account_id, sources, frozenset(named))
