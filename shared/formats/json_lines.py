"""Writes events and profiles as JSON, one object a line."""

from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from shared.formats.files import Layout
from shared.formats.json_members import json_arrays, with_string_values
from shared.formats.json_profiles import preference_members, property_members
from shared.formats.stamps import stamps
from shared.formats.text import clean, join, json_escaped, wrapped

Part: TypeAlias = pa.StringArray | str


class JsonLines:
    """The JSON format: JSON text columns are spliced in, the rest is quoted."""

    def __init__(self, layout: Layout, event_name: str | None) -> None:
        self._layout = layout
        self._event_name = event_name or ""

    def head(self) -> bytes:
        """The bare event name as line 1 of event files, unless the export leaves it out."""
        if self._layout.profiles or not self._layout.first_line:
            return b""
        name: str = clean(pa.array([self._event_name], pa.string()))[0].as_py()
        return f"{name}\n".encode()

    def foot(self) -> bytes:
        """Nothing: a file may end after any line."""
        return b""

    def rows(self, batch: pa.RecordBatch) -> pa.StringArray:
        """One object a row, in a single join over the columns."""
        return join(*(self._profile(batch) if self._layout.profiles else self._event(batch)))

    def _event(self, batch: pa.RecordBatch) -> list[Part]:
        column = batch.column
        parts: list[Part] = ['{"profile":{"identity":"', json_escaped(column("identity")), '"']
        parts += _text("objectId", column("object_id"))
        parts += _json("all_identities", json_arrays(column("all_identities")))
        for key in ("platform", "phone", "name", "email", "push_token"):
            parts += _text(key, column(key))
        parts += ['},"ts":', stamps(column("ts"), self._layout.time_zone)]
        parts += _json("deviceInfo", column("device"))
        parts += _text("controlGroupName", column("control_group"))
        parts += _json("eventProps", self._properties(column("event_props")))
        parts += _json("sessionProps", self._properties(column("session_props")))
        return [*parts, "}\n"]

    def _profile(self, batch: pa.RecordBatch) -> list[Part]:
        column = batch.column
        parts: list[Part] = ['{"identity":"', json_escaped(column("identity")), '"']
        parts += _json("all_identities", json_arrays(column("all_identities")))
        parts += _text("objectId", column("object_id"))
        parts += _json("device", column("device"))
        parts += [preference_members(column("comm_prefs"))]
        parts += _json("subscriptionGroups", column("subscription_groups"))
        for key, name in ("Email", "email"), ("Phone", "phone"), ("Name", "name"):
            parts += _text(key, column(name))
        parts += [property_members(self._properties(column("props")))]
        if not self._layout.full_base:
            parts += [_where(column("deleted"), ',"deleted":true')]
        return [*parts, "}\n"]

    def _properties(self, column: pa.StringArray) -> pa.StringArray:
        return with_string_values(column) if self._layout.as_string else column


def _text(key: str, column: pa.StringArray) -> list[Part]:
    if column.null_count == 0:
        return [f',"{key}":"', json_escaped(column), '"']
    if column.null_count == len(column):
        return []
    return [wrapped(f',"{key}":"', json_escaped(column), '"')]


def _json(key: str, column: pa.StringArray) -> list[Part]:
    if column.null_count == 0:
        return [f',"{key}":', column]
    if column.null_count == len(column):
        return []
    # The text may be long: only the key is made anew, and the join leaves out both where null.
    return [_where(column.is_valid(), f',"{key}":'), column]


def _where(mask: pa.BooleanArray, text: str) -> pa.StringArray:
    return pc.if_else(mask, pa.scalar(text, pa.string()), pa.scalar(None, pa.string()))
