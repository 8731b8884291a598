"""Cuts a stream of columns into the row groups of Parquet files."""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.formats.text import spans

Sizes: TypeAlias = npt.NDArray[np.int64]

ROWS_MAX = 131_072
# Bounds the memory of one group, which is held about three times while it is written.
BYTES_MAX = 64_000_000


def row_groups(batches: Iterable[tuple[pa.RecordBatch, Sizes]]) -> Iterator[pa.Table]:
    """Tables of one chunk each, given the columns and the size of every row.

    They are cut by the rows alone, not by how the batches were cut: with the same rows comes the
    same file.
    """
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch, sizes in batches:
        ends = np.cumsum(sizes)
        start = 0
        while start < batch.num_rows:
            before = int(ends[start - 1]) if start else 0
            fits = int(np.searchsorted(ends, before + BYTES_MAX - size, side="right"))
            stop = min(max(fits, start if waiting else start + 1), start + ROWS_MAX - rows)
            stop = min(stop, batch.num_rows)
            if stop > start:
                waiting.append(batch.slice(start, stop - start))
                rows, size = rows + stop - start, size + int(ends[stop - 1]) - before
                start = stop
            if start < batch.num_rows:
                yield pa.Table.from_batches(waiting).combine_chunks()
                waiting, rows, size = [], 0, 0
    if waiting:
        yield pa.Table.from_batches(waiting).combine_chunks()


def row_sizes(batch: pa.RecordBatch, fields: int) -> Sizes:
    """About how many bytes each row of a clean batch takes as that many columns."""
    # Every field takes its place in every row, present or not: 500 sparse ones outweigh the text.
    sizes = np.full(batch.num_rows, 8 * fields, dtype=np.int64)
    for column in batch.columns:
        if pa.types.is_list(column.type):
            column = pc.fill_null(pc.binary_join(column, ""), "")
        if pa.types.is_string(column.type):
            sizes += np.diff(spans(column)[0])
    return sizes
