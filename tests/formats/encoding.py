"""Rows in, files out: what the tests of the text formats share."""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from shared.domain.choices import Compression, Format
from shared.formats.batches import EVENT_SCHEMA, JSON_COLUMNS, PROFILE_SCHEMA
from shared.formats.files import EncodedFile, Layout, Reject, encode_files

EVENTS = Layout(profiles=False, format=Format.JSON, compression=Compression.NONE, first_line=False)
PROFILES = replace(EVENTS, profiles=True)
AT = 1_510_182_015_000_000  # 2017-11-08 23:00:15 UTC

Row = Mapping[str, Any]


class Memory(io.BytesIO):
    """A spool that keeps the bytes of one file."""


@dataclass
class Encoded:
    """All that came of some rows."""

    files: list[EncodedFile]
    rejects: list[Reject]

    @property
    def contents(self) -> list[bytes]:
        spools = [file.spool for file in self.files]
        return [spool.getvalue() for spool in spools if isinstance(spool, Memory)]

    @property
    def lines(self) -> list[str]:
        return [line for text in self.contents for line in text.decode().split("\n") if line]

    @property
    def objects(self) -> list[Any]:
        return [strict(line) for line in self.lines]


def strict(text: str) -> Any:
    """The value of a JSON text, by a parser that takes no NaN and no name twice."""

    def never(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs), pairs
        return dict(pairs)

    return json.loads(text, parse_constant=never, object_pairs_hook=once)


def batch(rows: Sequence[Row], layout: Layout = EVENTS, *, parsed: bool = False) -> pa.RecordBatch:
    """A batch of the snapshot; `parsed` as from a warehouse that has JSON columns."""
    if layout.profiles:
        schema, base = PROFILE_SCHEMA, {"object_id": "o1", "updated_at": AT}
    else:
        schema, base = EVENT_SCHEMA, {"event_id": "e1", "ts": AT}
    if parsed:
        json_type = {"ARROW:extension:name": "arrow.json"}
        fields = [f.with_metadata(json_type) if f.name in JSON_COLUMNS else f for f in schema]
        schema = pa.schema(fields)
    columns = [pa.array([{**base, **row}.get(f.name) for row in rows], f.type) for f in schema]
    return pa.record_batch(columns, schema=schema)


def encode(
    rows: Sequence[Row] | pa.RecordBatch | Sequence[pa.RecordBatch],
    layout: Layout = EVENTS,
    event_name: str | None = "Charged",
) -> Encoded:
    """The files of these rows or batches."""
    batches: list[pa.RecordBatch]
    if isinstance(rows, pa.RecordBatch):
        batches = [rows]
    elif rows and isinstance(rows[0], pa.RecordBatch):
        batches = list(rows)
    else:
        batches = [batch(list(rows), layout)]
    made = Encoded([], [])
    stream: Iterator[pa.RecordBatch] = iter(batches)
    made.files = list(encode_files(stream, layout, event_name, Memory, made.rejects.extend))
    return made
