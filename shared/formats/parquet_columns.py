"""Lays clean batches out as the columns of the Parquet files, after the run's schema."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from shared.formats import properties
from shared.formats.files import Layout
from shared.formats.frame import (
    DEVICE,
    DIMENSIONS,
    EVENT_PROFILE,
    FROM_COLUMNS,
    PREFERENCES,
    column_names,
    device_texts,
    preference_texts,
    profile_entry,
    profile_order,
)
from shared.formats.parquet_values import typed
from shared.formats.text import clean

# For each row that cannot be written, which property does not fit its type.
Misfits: TypeAlias = dict[int, str]
# The name and the type of each property's field.
Fields: TypeAlias = Mapping[str, tuple[str, str]]

_DIMENSIONS_TYPE = pa.struct([(name, pa.string()) for name in DIMENSIONS])
_DEVICE_TYPE = pa.struct(
    [*((name, pa.string()) for name in DEVICE), ("dimensions", _DIMENSIONS_TYPE)]
)
_FRAME_FIELDS = 25  # about as many values a row has beside its properties


class Columns:
    """The columns of the files of one event, or of profiles when `event_name` is None."""

    def __init__(self, layout: Layout, event_name: str | None) -> None:
        self._layout = layout
        self._event = clean(pa.array([event_name or ""], pa.string()))[0]
        self._session: Fields = {}
        if layout.profiles:
            self._props = _fields(layout.profile_schema(), layout, profile_entry, FROM_COLUMNS)
        else:
            self._props = _fields(layout.event_schema(event_name or ""), layout)
            self._session = _fields(layout.session_schema(event_name or ""), layout)
        self.fields = len(self._props) + len(self._session) + _FRAME_FIELDS

    def of(self, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, Misfits]:
        """The columns, and the rows that must not be written."""
        misfits: Misfits = {}
        columns = (self._profile if self._layout.profiles else self._events)(batch, misfits)
        # Parquet cannot hold a struct without fields.
        kept = {name: column for name, column in columns.items() if column is not None}
        return pa.record_batch(list(kept.values()), list(kept)), misfits

    def _events(self, batch: pa.RecordBatch, misfits: Misfits) -> dict[str, pa.Array | None]:
        return {
            "ts": batch["ts"],
            "eventName": pa.repeat(self._event, batch.num_rows),
            "profile": _struct({name: batch[column] for name, column in EVENT_PROFILE.items()}),
            "deviceInfo": _device(batch["device"]),
            "controlGroupName": batch["control_group"],
            "eventProps": _properties(batch["event_props"], self._props, misfits),
            "sessionProps": _properties(batch["session_props"], self._session, misfits),
        }

    def _profile(self, batch: pa.RecordBatch, misfits: Misfits) -> dict[str, pa.Array | None]:
        fixed = {name: batch[column] for name, column in FROM_COLUMNS.items()}
        columns = {
            "identity": batch["identity"],
            "all_identities": batch["all_identities"],
            "objectId": batch["object_id"],
            "device": _device(batch["device"]),
            "commPrefs": _preferences(batch["comm_prefs"]),
            "subscriptionGroups": _map(batch["subscription_groups"]),
            "profileProps": _properties(batch["props"], self._props, misfits, fixed),
        }
        return columns if self._layout.full_base else {**columns, "deleted": batch["deleted"]}


def _fields(
    schema: Mapping[str, str],
    layout: Layout,
    renamed: Callable[[str], str] = str,
    taken: Iterable[str] = (),
) -> Fields:
    """The properties in the order of their fields, each with the field's name and type."""

    def order(name: str) -> tuple[int, str]:
        return profile_order(renamed(name)) if layout.profiles else (0, name)

    # BigQuery and others read columns without regard to case, and none without a name.
    shown = column_names(sorted(schema, key=order), renamed, str.casefold, ["", *taken])
    return {
        name: (column, "string" if layout.as_string else schema[name])
        for name, column in shown.items()
    }


def _properties(
    column: pa.StringArray,
    fields: Fields,
    misfits: Misfits,
    fixed: Mapping[str, pa.Array] | None = None,
) -> pa.StructArray | None:
    """A struct with a field a property; null where the row has none, unless fields are fixed."""
    arrays = dict(fixed or {})
    columns = _columns(column, list(fields))
    for (name, (field, kind)), texts in zip(fields.items(), columns, strict=True):
        arrays[field], bad = typed(texts, kind)
        for row in [] if bad is None else np.flatnonzero(bad).tolist():
            misfits.setdefault(row, f"{name} is no {kind}")
    return _struct(arrays, None if fixed else column) if arrays else None


def _columns(column: pa.StringArray, names: Sequence[str]) -> Iterator[pa.StringArray]:
    """The texts of each property."""
    if len(names) > properties.NAMES_MAX:
        yield from _sparse_columns(column, names)
        return
    flat = properties.texts(column, names) if names else pa.array([], pa.string())
    if not properties.holds_only(column, names, len(flat) - flat.null_count):
        raise properties.schema_incomplete()
    for place in range(len(names)):
        yield flat.take(pa.array(np.arange(place, len(flat), len(names), dtype=np.int32)))


def _sparse_columns(column: pa.StringArray, names: Sequence[str]) -> Iterator[pa.StringArray]:
    """The same at the cost of what is present."""
    found = properties.entries(column)
    if not set(names) >= set(found.names):
        raise properties.schema_incomplete()
    rank_of = {name: rank for rank, name in enumerate(found.names)}
    row_of = np.repeat(np.arange(len(column)), np.diff(found.offsets))
    by_rank = np.argsort(found.ranks, kind="stable")
    starts = np.searchsorted(found.ranks[by_rank], np.arange(len(found.names) + 1))
    for name in names:
        rank = rank_of.get(name)
        if rank is None:
            yield pa.nulls(len(column), pa.string())
            continue
        entries = by_rank[starts[rank] : starts[rank + 1]]
        source = np.full(len(column), -1)
        source[row_of[entries]] = entries
        yield found.values.take(pa.array(source, mask=source < 0))


def _struct(fields: Mapping[str, pa.Array], present: pa.Array | None = None) -> pa.StructArray:
    """A struct of the fields, null where `present` is null."""
    mask = None if present is None or not present.null_count else present.is_null()
    return pa.StructArray.from_arrays(list(fields.values()), names=list(fields), mask=mask)


def _device(column: pa.StringArray) -> pa.StructArray:
    """Text throughout: a device says 2, 2.0 or "xhdpi", and no row is lost over that."""
    if column.null_count == len(column):
        return pa.nulls(len(column), _DEVICE_TYPE)
    flat, which = device_texts(column)
    texts = _unzipped(flat, which, (*DEVICE, *DIMENSIONS))
    dimensions = {name: texts.pop(name) for name in DIMENSIONS}
    return _struct({**texts, "dimensions": _struct(dimensions)}, column)


def _preferences(column: pa.StringArray) -> pa.StructArray:
    flat, which = preference_texts(column)
    return _struct(_unzipped(flat, which, PREFERENCES), column)


def _unzipped(
    flat: pa.StringArray, which: pa.Int32Array, names: Sequence[str]
) -> dict[str, pa.StringArray]:
    """The columns of texts that stand object after object."""
    at = np.multiply(which.to_numpy(), len(names))
    return {name: flat.take(pa.array(at + place)) for place, name in enumerate(names)}


def _map(column: pa.StringArray) -> pa.MapArray:
    found = properties.entries(column)
    keys = pa.array(found.names, pa.string()).take(pa.array(found.ranks))
    offsets = pa.array(found.offsets, pa.int32())
    return pa.MapArray.from_arrays(offsets, keys, found.values, mask=column.is_null())
