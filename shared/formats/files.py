"""Turns the Arrow batches of one part into the files of that part, as a stream.

`encode_files` is the whole of it. Its batches pass `batches.cleaned` first, so every format sees
rows that are already in order: columns in canonical order and types, no control character in any
text, JSON columns that are strict JSON objects or null, times that have a date. A format then only
lays text out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import pyarrow as pa

from shared.domain.choices import Compression, Format

ENCODER_VERSION = "1"
FILE_BYTES_MAX = 100_000_000

Bytes: TypeAlias = bytes | bytearray | memoryview
Schema: TypeAlias = Mapping[str, Mapping[str, str]]


def event_key(event_name: str) -> str:
    """The key of an event's properties in a schema: its name, unless that would look like another.

    Beside events a schema holds 'profiles' and 'session:<event name>'.
    """
    unmistakable = event_name != "profiles" and not event_name.startswith(("session:", "event:"))
    return event_name if unmistakable else f"event:{event_name}"


def session_key(event_name: str) -> str:
    """The key of the session properties of an event in a schema."""
    return f"session:{event_name}"


def profiles_key(_owner: str = "") -> str:
    """The key of the profile properties in a schema."""
    return "profiles"


@dataclass(frozen=True, slots=True)
class Layout:
    """How the files of one run look; frozen with the run, the same for every part of it.

    `schema` maps an event name (raw, as in the warehouse) to its properties and their types
    ('bool', 'int64', 'double', 'string' or 'json'). Profile properties stand under 'profiles',
    session properties of an event under 'session:' and the event name. Property names in it are
    cleaned already, as the rows that a format sees are.
    """

    profiles: bool
    format: Format
    compression: Compression
    as_string: bool = False
    time_zone: str = "UTC"
    first_line: bool = True  # JSON events: the bare event name as line 1
    formula_guard: bool = False  # CSV: a leading ' before = + - @ TAB CR
    schema: Schema = field(default_factory=dict)
    full_base: bool = False  # profiles: every profile, therefore no tombstones
    request_id: int = 0
    run_stamp: int = 0
    file_bytes_max: int = FILE_BYTES_MAX  # text: payload before gzip; Parquet: the stored object

    def event_schema(self, event_name: str) -> Mapping[str, str]:
        """The properties of an event, {} when the run's schema has none."""
        return self.schema.get(event_key(event_name), {})

    def session_schema(self, event_name: str) -> Mapping[str, str]:
        """The session properties of an event, {} when the run's schema has none."""
        return self.schema.get(session_key(event_name), {})

    def profile_schema(self) -> Mapping[str, str]:
        """The custom and standard properties of profiles, {} when the run's schema has none."""
        return self.schema.get(profiles_key(), {})


class Spool(Protocol):
    """Where the stored bytes of one file go, in order; the caller uploads it afterwards."""

    def write(self, data: Bytes, /) -> object:
        """Takes the next bytes; the buffer may be reused once this has returned."""

    def close(self) -> None:
        """Lets go of the bytes; an object that was created from them stays."""


@dataclass(frozen=True, slots=True)
class EncodedFile:
    """One finished file; all its bytes are in `spool`."""

    overflow: int  # 0 is the planned file, k its k-th continuation
    rows: int
    bytes: int  # as stored, after compression
    uncompressed_bytes: int
    crc32c: str  # of the stored bytes, base64 of the big-endian value, as Cloud Storage shows it
    sha256: str  # of the stored bytes, hexadecimal
    spool: Spool


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that stands in no file, and why."""

    row_id: str  # event_id, or object_id of a profile
    reason: str
    detail: str = ""


OpenSpool: TypeAlias = Callable[[], Spool]
RejectRows: TypeAlias = Callable[[Sequence[Reject]], None]


class TextFormat(Protocol):
    """One text format, built for one layout and event: `Class(layout, event_name)`."""

    def head(self) -> bytes:
        """What every file begins with; b"" when nothing."""

    def rows(self, batch: pa.RecordBatch) -> pa.StringArray:
        """One element a row of a clean batch, each ending in a line feed, no nulls."""

    def foot(self) -> bytes:
        """What every file ends with; b"" when nothing."""


def encode_files(
    batches: Iterator[pa.RecordBatch],
    layout: Layout,
    event_name: str | None,
    open_spool: OpenSpool,
    reject: RejectRows,
) -> Iterator[EncodedFile]:
    """Yields the files of one part, each as soon as it is closed; no good row, no file.

    The rows keep their order. The bytes depend on the rows and the layout alone: neither on how
    the batches are cut, nor on a clock. A file that would pass `layout.file_bytes_max` is closed
    before the row that would pass it, and the next begins with the head again.
    """
    # Imports stand here, so that a run loads the code of its own format alone.
    from shared.formats.batches import cleaned

    clean_batches = cleaned(batches, layout, reject)
    if layout.format is Format.PARQUET:
        from shared.formats.parquet_file import write_files

        return write_files(clean_batches, layout, event_name, open_spool, reject)
    from shared.formats.text_files import write_text

    text_format = _text_format(layout, event_name)
    return write_text(clean_batches, text_format, layout, open_spool, reject)


def _text_format(layout: Layout, event_name: str | None) -> TextFormat:
    match layout.format:
        case Format.CSV:
            from shared.formats.csv_text import CsvText

            return CsvText(layout, event_name)
        case Format.XML:
            from shared.formats.xml_text import XmlText

            return XmlText(layout, event_name)
        case _:
            from shared.formats.json_lines import JsonLines

            return JsonLines(layout, event_name)
