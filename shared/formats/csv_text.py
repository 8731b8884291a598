r"""Lays events or profiles out as CSV after RFC 4180: a header, then a row a line.

Lines end in CR LF, as the RFC has it: the format is promised by that name, every reader takes it,
and no cell holds a line break of its own. A missing value is an empty cell, an empty text is "".
"""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from shared.formats import properties
from shared.formats.column_names import FROM_COLUMNS, STANDARD, column_names, profile_order
from shared.formats.csv_cells import cells, joined, property_cells
from shared.formats.files import Layout
from shared.formats.stamps import stamps
from shared.formats.text import join, wrapped

# The column of the file and the column of the batch.
_EVENT_PROFILE = {
    "profile.identity": "identity",
    "profile.objectId": "object_id",
    "profile.all_identities": "all_identities",
    "profile.platform": "platform",
    "profile.phone": "phone",
    "profile.name": "name",
    "profile.email": "email",
    "profile.push_token": "push_token",
}
_DEVICE = {
    "make": "/make",
    "model": "/model",
    "appVersion": "/appVersion",
    "sdkVersion": "/sdkVersion",
    "osVersion": "/osVersion",
    "browser": "/browser",
    "dpi": "/dpi",
    "dimensions.width": "/dimensions/width",
    "dimensions.height": "/dimensions/height",
    "dimensions.unit": "/dimensions/unit",
}
_PROFILE = {
    "identity": "identity",
    "all_identities": "all_identities",
    "objectId": "object_id",
    "device": "device",
    "subscriptionGroups": "subscription_groups",
}
PREFERENCES = ("MSG-webpush", "MSG-push", "MSG-email", "MSG-sms", "MSG-whatsapp")
_FIXED = {*_PROFILE, *FROM_COLUMNS, "deleted"}


class CsvText:
    """The CSV files of one event, or of profiles when `event_name` is None."""

    def __init__(self, layout: Layout, event_name: str | None) -> None:
        self._layout = layout
        self._event = event_name or ""
        self._guard = layout.formula_guard
        schema = layout.profile_schema() if layout.profiles else layout.event_schema(self._event)
        if layout.profiles:
            custom = column_names((name for name in schema if name not in STANDARD), is_fixed)
            self._columns = {**{name: name for name in STANDARD}, **custom}
            self._session: dict[str, str] = {}
        else:
            self._columns = column_names(schema)
            self._session = column_names(layout.session_schema(self._event))

    def head(self) -> bytes:
        """The header row."""
        if self._layout.profiles:
            names = [*_PROFILE, *PREFERENCES, *FROM_COLUMNS, *self._columns.values()]
            names += [] if self._layout.full_base else ["deleted"]
        else:
            names = ["ts", "eventName", *_EVENT_PROFILE, *(f"deviceInfo.{key}" for key in _DEVICE)]
            names += ["controlGroupName", *(f"eventProps.{key}" for key in self._columns.values())]
            names += [f"sessionProps.{key}" for key in self._session.values()]
        row = joined(self._cells(pa.array(names, pa.string())), len(names))
        return f"{row[0].as_py()}\r\n".encode()

    def rows(self, batch: pa.RecordBatch) -> pa.StringArray:
        """One line a row."""
        parts = self._profile_parts(batch) if self._layout.profiles else self._event_parts(batch)
        return join(*_lined(parts))

    def foot(self) -> bytes:
        """Nothing."""
        return b""

    def _event_parts(self, batch: pa.RecordBatch) -> Iterable[pa.StringArray | str]:
        name = self._cells(pa.array([self._event], pa.string()))[0].as_py()
        yield stamps(batch["ts"], self._layout.time_zone)
        yield name
        for column in _EVENT_PROFILE.values():
            yield self._column(batch, column)
        yield self._few(batch["device"], list(_DEVICE.values()))
        yield self._column(batch, "control_group")
        yield from self._properties(batch["event_props"], self._columns)
        yield from self._properties(batch["session_props"], self._session)

    def _profile_parts(self, batch: pa.RecordBatch) -> Iterable[pa.StringArray | str]:
        for column in _PROFILE.values():
            yield self._column(batch, column)
        yield self._few(batch["comm_prefs"], [properties.pointer(name) for name in PREFERENCES])
        for column in FROM_COLUMNS.values():
            yield self._column(batch, column)
        yield from self._properties(batch["props"], self._columns, profile_order)
        if not self._layout.full_base:
            yield pc.if_else(batch["deleted"], "true", "false")

    def _column(self, batch: pa.RecordBatch, name: str) -> pa.StringArray | str:
        """The cells of one column; "" when all are missing."""
        column = batch[name]
        if column.null_count == len(column):
            return ""
        if pa.types.is_list(column.type):
            column = wrapped("[", pc.binary_join(column, ", "), "]")
        # An identity is never null: the empty one is the one that is not known.
        return cells(column, guard=self._guard, empty_is_missing=name == "identity")

    def _properties(
        self, column: pa.StringArray, columns: dict[str, str], order: properties.Order = str
    ) -> Iterable[pa.StringArray | str]:
        row = property_cells(column, list(columns), guard=self._guard, order=order)
        return [row] if columns else []

    def _few(self, column: pa.StringArray, pointers: list[str]) -> pa.StringArray | str:
        """The cells of a JSON column that repeats the same few texts: each is read once."""
        if column.null_count == len(column):
            return "," * (len(pointers) - 1)
        known = column.fill_null("{}").dictionary_encode()
        flat = self._cells(properties.texts_at(known.dictionary, pointers))
        return joined(flat, len(pointers)).take(known.indices)

    def _cells(self, column: pa.StringArray) -> pa.StringArray:
        return cells(column, guard=self._guard)


def is_fixed(name: str) -> bool:
    """Whether a profile property of this name would meet a fixed column."""
    return name in _FIXED or name.startswith("MSG-")


def _lined(parts: Iterable[pa.StringArray | str]) -> list[pa.StringArray | str]:
    """The parts with commas between them and the line's end, neighbouring constants as one."""
    line: list[pa.StringArray | str] = []
    for part in parts:
        for piece in (part, ","):
            if line and isinstance(piece, str) and isinstance(line[-1], str):
                line[-1] += piece
            else:
                line.append(piece)
    last = line[-1]
    line[-1] = f"{last[:-1]}\r\n" if isinstance(last, str) else last
    return line
