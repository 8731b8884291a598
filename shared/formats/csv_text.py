r"""Lays events or profiles out as CSV after RFC 4180: a header, then a row a line.

Lines end in CR LF, as the RFC has it: the format is promised by that name, every reader takes it,
and no cell holds a line break of its own. A missing value is an empty cell, an empty text is "".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from shared.formats.csv_cells import cells, property_cells, row_cells
from shared.formats.files import Layout
from shared.formats.frame import (
    DEVICE,
    DIMENSIONS,
    EVENT_PROFILE,
    FROM_COLUMNS,
    PREFERENCES,
    STANDARD,
    column_names,
    device_texts,
    preference_texts,
    profile_key,
    profile_order,
)
from shared.formats.pieces import Piece, joined
from shared.formats.properties import Order
from shared.formats.stamps import stamps
from shared.formats.text import clean, wrapped

# The first columns of profiles and where their values come from.
_PROFILE = {
    "identity": "identity",
    "all_identities": "all_identities",
    "objectId": "object_id",
    "device": "device",
    "subscriptionGroups": "subscription_groups",
}


class CsvText:
    """The CSV files of one event, or of profiles when `event_name` is None."""

    def __init__(self, layout: Layout, event_name: str | None) -> None:
        self._layout = layout
        self._guard = layout.formula_guard
        self._event = self._cells(clean(pa.array([event_name or ""], pa.string())))[0].as_py()
        if layout.profiles:
            schema = sorted({*STANDARD, *layout.profile_schema()}, key=_order)
            self._columns = column_names(schema, profile_key)
        else:
            self._columns = column_names(sorted(layout.event_schema(event_name or "")))
            self._session = column_names(sorted(layout.session_schema(event_name or "")))

    def head(self) -> bytes:
        """The header row."""
        if self._layout.profiles:
            names = [*_PROFILE, *PREFERENCES, *FROM_COLUMNS, *self._columns.values()]
            names += [] if self._layout.full_base else ["deleted"]
        else:
            names = ["ts", "eventName", *(f"profile.{name}" for name in EVENT_PROFILE)]
            names += [f"deviceInfo.{name}" for name in DEVICE]
            names += [f"deviceInfo.dimensions.{name}" for name in DIMENSIONS]
            names += ["controlGroupName", *(f"eventProps.{key}" for key in self._columns.values())]
            names += [f"sessionProps.{key}" for key in self._session.values()]
        row = row_cells(self._cells(pa.array(names, pa.string())), len(names))
        return f"{row[0].as_py()}\r\n".encode()

    def rows(self, batch: pa.RecordBatch) -> pa.StringArray:
        """One line a row."""
        return joined(_lined(self._profile(batch) if self._layout.profiles else self._of(batch)))

    def foot(self) -> bytes:
        """Nothing: a file may end after any line."""
        return b""

    def _of(self, batch: pa.RecordBatch) -> Iterator[Piece]:
        yield stamps(batch["ts"], self._layout.time_zone)
        yield self._event
        for name in EVENT_PROFILE.values():
            yield self._column(batch, name)
        yield self._few(batch["device"], device_texts, len(DEVICE) + len(DIMENSIONS))
        yield self._column(batch, "control_group")
        yield from self._properties(batch["event_props"], self._columns, str)
        yield from self._properties(batch["session_props"], self._session, str)

    def _profile(self, batch: pa.RecordBatch) -> Iterator[Piece]:
        for name in _PROFILE.values():
            yield self._column(batch, name)
        yield self._few(batch["comm_prefs"], preference_texts, len(PREFERENCES))
        for name in FROM_COLUMNS.values():
            yield self._column(batch, name)
        yield from self._properties(batch["props"], self._columns, _order)
        if not self._layout.full_base:
            yield pc.if_else(batch["deleted"], "true", "false")

    def _column(self, batch: pa.RecordBatch, name: str) -> Piece:
        """The cells of one column."""
        column = batch[name]
        if column.null_count == len(column):
            return ""
        if pa.types.is_list(column.type):
            column = wrapped("[", pc.binary_join(column, ", "), "]")
        # An identity is never null: the empty one is the one that is not known.
        return cells(column, guard=self._guard, empty_is_missing=name == "identity")

    def _few(
        self,
        column: pa.StringArray,
        read: Callable[[pa.StringArray], tuple[pa.StringArray, pa.Int32Array]],
        width: int,
    ) -> Piece:
        """The cells of a JSON column that holds the same few objects again and again."""
        if column.null_count == len(column):
            return "," * (width - 1)
        flat, which = read(column)
        return row_cells(self._cells(flat), width).take(which)

    def _properties(
        self, column: pa.StringArray, columns: Mapping[str, str], order: Order
    ) -> list[Piece]:
        # Asked for no columns too: it raises when the rows have properties all the same.
        row = property_cells(column, list(columns), guard=self._guard, order=order)
        return [row] if columns else []

    def _cells(self, column: pa.StringArray) -> pa.StringArray:
        return cells(column, guard=self._guard)


def _order(name: str) -> tuple[int, str]:
    return profile_order(profile_key(name))


def _lined(row: Iterable[Piece]) -> Iterator[Piece]:
    """The cells with commas between them and the end of the line."""
    comma = ""
    for cell in row:
        yield comma
        yield cell
        comma = ","
    yield "\r\n"
