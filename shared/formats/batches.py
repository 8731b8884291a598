"""Brings the snapshot's batches into one shape: small, typed, clean, bad rows taken out."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.formats.files import Layout, Reject, RejectRows
from shared.formats.json_text import strict_objects
from shared.formats.stamps import have_stamp
from shared.formats.text import as_strings, clean

# Small enough for the processor's cache and for 100 MB in all, large enough that the cost of a
# call does not count.
ROWS_MAX = 16_384
BYTES_MAX = 8_000_000

_TS = pa.timestamp("us", "UTC")
_TEXTS = pa.list_(pa.string())
EVENT_SCHEMA = pa.schema(
    [
        ("event_id", pa.string()),
        ("ts", _TS),
        ("identity", pa.string()),
        ("object_id", pa.string()),
        ("all_identities", _TEXTS),
        ("platform", pa.string()),
        ("phone", pa.string()),
        ("name", pa.string()),
        ("email", pa.string()),
        ("push_token", pa.string()),
        ("device", pa.string()),
        ("control_group", pa.string()),
        ("session_props", pa.string()),
        ("event_props", pa.string()),
    ]
)
PROFILE_SCHEMA = pa.schema(
    [
        ("object_id", pa.string()),
        ("updated_at", _TS),
        ("identity", pa.string()),
        ("email", pa.string()),
        ("phone", pa.string()),
        ("name", pa.string()),
        ("all_identities", _TEXTS),
        ("device", pa.string()),
        ("comm_prefs", pa.string()),
        ("subscription_groups", pa.string()),
        ("props", pa.string()),
        ("deleted", pa.bool_()),
    ]
)
# The columns of JSON text, with the reason for which a row is rejected when it holds no object.
JSON_COLUMNS = {
    "device": "device-not-an-object",
    "session_props": "session-properties-not-an-object",
    "event_props": "properties-not-an-object",
    "comm_prefs": "preferences-not-an-object",
    "subscription_groups": "subscription-groups-not-an-object",
    "props": "properties-not-an-object",
}
# Arrow's and BigQuery's names for text that a JSON parser has seen.
_JSON_TYPES = {"arrow.json", "google:sqlType:json"}


def cleaned(
    batches: Iterator[pa.RecordBatch], layout: Layout, reject: RejectRows
) -> Iterator[pa.RecordBatch]:
    """Yields batches of EVENT_SCHEMA or PROFILE_SCHEMA, of at most 16,384 rows and about 8 MB.

    Columns that are missing come as nulls, other columns are dropped. All text is valid UTF-8
    without control characters. device, session_props, event_props, comm_prefs,
    subscription_groups and props are null or one strict JSON object on one line: no control
    character, not even as an escape, no NaN, no two names that cleaning made equal. identity,
    deleted and ts are never null. all_identities holds no null elements. `as_string` is not
    applied here: each format does it where it lays the values out.
    """
    for batch in _larger(batches):
        for piece in _pieces(batch):
            good = _checked(piece, layout, reject)
            if good.num_rows:
                yield good


def _larger(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows in fewer batches: one batch of a warehouse may hold few rows of each part.

    A batch costs a millisecond or two whatever its size, and copying a row next to nothing.
    """
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        fits = rows + batch.num_rows <= ROWS_MAX and size + batch.nbytes <= BYTES_MAX
        if waiting and not (fits and batch.schema.equals(waiting[0].schema, check_metadata=True)):
            yield _one(waiting)
            waiting, rows, size = [], 0, 0
        waiting.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
    if waiting:
        yield _one(waiting)


def _one(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)


def _pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    rows = batch.num_rows
    if rows > 1 and (rows > ROWS_MAX or batch.nbytes > BYTES_MAX):
        yield from _pieces(batch.slice(0, rows // 2))
        yield from _pieces(batch.slice(rows // 2))
    else:
        yield batch


def _checked(batch: pa.RecordBatch, layout: Layout, reject: RejectRows) -> pa.RecordBatch:
    schema = PROFILE_SCHEMA if layout.profiles else EVENT_SCHEMA
    columns = {name: _column(batch, name, schema.field(name).type) for name in schema.names}
    reasons: dict[int, tuple[str, str]] = {}
    if not layout.profiles:
        for row in np.flatnonzero(~have_stamp(columns["ts"], layout.time_zone)):
            reasons[int(row)] = ("time-out-of-range", "ts")
    for name in columns.keys() & JSON_COLUMNS.keys():
        trusted = _is_json(batch, name)
        columns[name], bad = strict_objects(columns[name], trusted=trusted)
        for row in np.flatnonzero(bad):
            reasons.setdefault(int(row), (JSON_COLUMNS[name], name))
    good = pa.record_batch(list(columns.values()), schema)
    if reasons:
        rows = sorted(reasons)
        ids = columns[schema.names[0]].take(pa.array(rows)).fill_null("").to_pylist()
        reject([Reject(id_, *reasons[row]) for id_, row in zip(ids, rows, strict=True)])
        good = good.filter(pa.array(np.isin(np.arange(len(good)), rows, invert=True)))
    return good


def _is_json(batch: pa.RecordBatch, name: str) -> bool:
    place = batch.schema.get_field_index(name)
    if place < 0:
        return True
    field = batch.schema.field(place)
    named = (field.metadata or {}).get(b"ARROW:extension:name", b"").decode()
    return {getattr(field.type, "extension_name", ""), named} & _JSON_TYPES != set()


def _column(batch: pa.RecordBatch, name: str, kind: pa.DataType) -> pa.Array:
    place = batch.schema.get_field_index(name)
    column = pa.nulls(batch.num_rows, kind) if place < 0 else batch.column(place)
    if name in JSON_COLUMNS:
        return as_strings(column)
    if kind == _TEXTS:
        return _texts(column.cast(_TEXTS))
    if kind == pa.bool_():
        return column.cast(kind).fill_null(False)
    if kind == _TS:
        return column.cast(_TS)
    column = clean(as_strings(column))
    return column.fill_null("") if name == "identity" else column


def _texts(column: pa.ListArray) -> pa.ListArray:
    """Lists of clean texts, null elements left out."""
    if column.null_count == len(column):
        return column
    texts, rows = clean(column.flatten()), pc.list_parent_indices(column)
    if texts.null_count:
        rows, texts = rows.filter(texts.is_valid()), texts.drop_null()
    ends = np.cumsum(np.bincount(rows.to_numpy(), minlength=len(column)), dtype=np.int32)
    starts = pa.array(np.concatenate([np.zeros(1, np.int32), ends]))
    return pa.ListArray.from_arrays(starts, texts, mask=column.is_null())
