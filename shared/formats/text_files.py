"""Cuts the lines of a text format into files that never pass the limit."""

import hashlib
from collections.abc import Iterator

import google_crc32c
import numpy as np
import pyarrow as pa
from isal import isal_zlib

from shared.domain.choices import Compression
from shared.formats.checksums import crc32c_text
from shared.formats.files import (
    EncodedFile,
    Layout,
    OpenSpool,
    Reject,
    RejectRows,
    Spool,
    TextFormat,
)
from shared.formats.text import spans

_GZIP = 31  # zlib's way to ask for a gzip header: modification time 0, no name
# What goes into the compressor at a time. Its output depends on how the input is cut, so the cuts
# must depend on the file's bytes alone.
_BLOCK = 1 << 20


def write_text(
    batches: Iterator[pa.RecordBatch],
    text_format: TextFormat,
    layout: Layout,
    open_spool: OpenSpool,
    reject: RejectRows,
) -> Iterator[EncodedFile]:
    """Yields the files that hold the lines of these clean batches, in order."""
    head, foot = text_format.head(), text_format.foot()
    room = layout.file_bytes_max - len(head) - len(foot)
    gzip = layout.compression is Compression.GZIP
    file: _TextFile | None = None
    overflow = 0
    for batch in batches:
        lines = _without_too_large(text_format.rows(batch), batch, room, reject)
        starts, data = spans(lines)
        body, row = pa.py_buffer(data), 0
        while row < len(lines):
            file = file or _TextFile(open_spool(), head, gzip=gzip)
            fits = int(starts[row]) + room - file.lines_bytes
            stop = int(np.searchsorted(starts, fits, side="right")) - 1
            if stop > row:
                size = int(starts[stop] - starts[row])
                file.add(body.slice(int(starts[row]), size), stop - row)
                row = stop
            else:
                yield file.finished(overflow, foot)
                file, overflow = None, overflow + 1
    if file:
        yield file.finished(overflow, foot)


def _without_too_large(
    lines: pa.StringArray, batch: pa.RecordBatch, room: int, reject: RejectRows
) -> pa.StringArray:
    sizes = np.diff(spans(lines)[0])
    large = np.flatnonzero(sizes > room)
    if not large.size:
        return lines
    ids = batch.column(0).take(pa.array(large)).to_pylist()  # event_id or object_id
    reject(
        [
            Reject(row_id or "", "row-too-large", f"{size} bytes do not fit in a file")
            for row_id, size in zip(ids, sizes[large], strict=True)
        ]
    )
    return lines.filter(pa.array(sizes <= room))


class _TextFile:
    """One file in the making: counts, checks and compresses what goes through."""

    def __init__(self, spool: Spool, head: bytes, *, gzip: bool) -> None:
        self._spool = spool
        self._packer = isal_zlib.compressobj(1, isal_zlib.DEFLATED, _GZIP) if gzip else None
        self._waiting = bytearray()
        self._crc32c, self._sha256 = 0, hashlib.sha256()
        self._rows = self._stored = self._payload = 0
        self.lines_bytes = 0  # without head and foot
        self._put(pa.py_buffer(head))

    def add(self, lines: pa.Buffer, rows: int) -> None:
        self._put(lines)
        self._rows += rows
        self.lines_bytes += lines.size

    def finished(self, overflow: int, foot: bytes) -> EncodedFile:
        self._put(pa.py_buffer(foot))
        if self._packer:
            self._store(pa.py_buffer(self._packer.compress(self._waiting) + self._packer.flush()))
        return EncodedFile(
            overflow,
            self._rows,
            self._stored,
            self._payload,
            crc32c_text(self._crc32c),
            self._sha256.hexdigest(),
            self._spool,
        )

    def _put(self, data: pa.Buffer) -> None:
        self._payload += data.size
        if not self._packer:
            self._store(data)
            return
        view = memoryview(data)
        while len(self._waiting) + len(view) >= _BLOCK:
            taken = _BLOCK - len(self._waiting)
            block = self._waiting + view[:taken] if self._waiting else view[:taken]
            self._store(pa.py_buffer(self._packer.compress(block)))
            self._waiting, view = bytearray(), view[taken:]
        self._waiting += view

    def _store(self, data: pa.Buffer) -> None:
        # Arrow's own buffers pass all four without a copy; google_crc32c takes no memoryview.
        if data.size:
            self._stored += data.size
            self._crc32c = google_crc32c.extend(self._crc32c, data)
            self._sha256.update(data)
            self._spool.write(memoryview(data))
