"""Cuts a JSON Lines file into Arrow batches of lines, without a loop over its lines."""

from collections.abc import Callable, Iterator
from typing import IO

import numpy as np
import pyarrow as pa

from functions.local.load_files import READ_BYTES

# A longer line is no row of ours: a file of an export holds at most 100 MB.
LINE_BYTES_MAX = 64_000_000
LINES_SCHEMA = pa.schema([("row_no", pa.int64()), ("line", pa.binary())])
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_lines(
    content: IO[bytes],
    on_bytes: Callable[[int], None],
    *,
    read_bytes: int = READ_BYTES,
    line_bytes_max: int = LINE_BYTES_MAX,
) -> Iterator[pa.RecordBatch]:
    """(row_no from 1, line) for every line; the bytes of a line that is too long are null.

    `on_bytes` gets the number of bytes taken from `content` with each batch.
    """
    row_no, rest, too_long = 1, b"", False
    first = True
    while chunk := content.read(read_bytes):
        on_bytes(len(chunk))
        data = rest + (chunk.removeprefix(_BYTE_ORDER_MARK) if first else chunk)
        first = False
        cut = data.rfind(b"\n") + 1
        rest = data[cut:]
        if cut:
            batch = _batch(data[:cut], row_no, skip_first=too_long)
            row_no, too_long = row_no + batch.num_rows, False
            yield batch
        if len(rest) > line_bytes_max or too_long:
            # Only the fact that there is such a line is kept, not its bytes.
            rest, too_long = b"", True
    if rest or too_long:
        yield _batch(rest + b"\n", row_no, skip_first=too_long)


def _batch(data: bytes, row_no: int, *, skip_first: bool) -> pa.RecordBatch:
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n")) + 1
    offsets = np.concatenate([[0], ends]).astype(np.int32)
    count = len(ends)
    valid = None
    if skip_first:
        valid = pa.array(np.arange(count) > 0).buffers()[1]
    lines = pa.Array.from_buffers(
        pa.binary(), count, [valid, pa.py_buffer(offsets), pa.py_buffer(data)]
    )
    numbers = pa.array(np.arange(row_no, row_no + count, dtype=np.int64))
    return pa.record_batch([numbers, lines], schema=LINES_SCHEMA)
