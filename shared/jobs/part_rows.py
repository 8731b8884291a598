"""Puts the rows of a slice in order, part by part, as batches small enough to encode."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

BATCH_ROWS = 16_384
# Chunks of fewer rows than these are joined before they are encoded.
CHUNK_ROWS = 1_024


def part_batches(
    table: pa.Table, *, profiles: bool
) -> Iterator[tuple[int, Iterator[pa.RecordBatch]]]:
    """(file_no, its rows in order of (ts, event_id), or of object_id) for each part with rows.

    The order is the same whatever the order of the rows in `table`, so that every attempt writes
    the same bytes. Rows that arrived in order are not moved at all.
    """
    if table.num_rows == 0:
        return
    file_nos = table["file_no"].to_numpy()
    for file_no in np.unique(file_nos):
        mine = file_nos == file_no
        part = table if mine.all() else table.filter(pa.array(mine))
        yield int(file_no), _ordered(part, profiles=profiles)


def _ordered(part: pa.Table, *, profiles: bool) -> Iterator[pa.RecordBatch]:
    keys = ["object_id"] if profiles else ["ts", "event_id"]
    part = _chunks_in_order(part, keys[0]) if part[keys[0]].num_chunks > 1 else part
    rows = part.drop_columns(["file_no"])
    if _is_ordered(part, keys):
        yield from _in_batches(rows)
        return
    order = _order(part, keys)
    # One contiguous copy makes the row by row gathering below several times cheaper.
    whole = rows.combine_chunks()
    for start in range(0, len(order), BATCH_ROWS):
        yield from whole.take(order.slice(start, BATCH_ROWS)).to_batches()


def _in_batches(rows: pa.Table) -> Iterator[pa.RecordBatch]:
    """The rows as they stand; only crumbs are joined, where a batch costs more than a copy."""
    if rows.num_rows >= CHUNK_ROWS * rows[0].num_chunks:
        yield from rows.to_batches(max_chunksize=BATCH_ROWS)
        return
    for start in range(0, rows.num_rows, BATCH_ROWS):
        yield from rows.slice(start, BATCH_ROWS).combine_chunks().to_batches()


def _chunks_in_order(part: pa.Table, key: str) -> pa.Table:
    """Chunks by their first key: whole chunks may come in any order from a parallel scan."""
    batches = [batch for batch in part.to_batches() if batch.num_rows]
    batches.sort(key=lambda batch: batch.column(key)[0].as_py())
    return pa.Table.from_batches(batches, part.schema)


def _is_ordered(part: pa.Table, keys: list[str]) -> bool:
    """Whether the rows stand in order already, ties included."""
    before, after = part.slice(0, part.num_rows - 1), part.slice(1)
    if part.num_rows < 2:
        return True
    less = pc.less(before[keys[0]], after[keys[0]])
    if len(keys) == 1:
        return bool(pc.all(less).as_py())
    equal = pc.equal(before[keys[0]], after[keys[0]])
    if not pc.any(equal).as_py():
        return bool(pc.all(less).as_py())
    tied = pc.less_equal(before[keys[1]], after[keys[1]])
    return bool(pc.all(pc.or_(less, pc.and_(equal, tied))).as_py())


def _order(part: pa.Table, keys: list[str]) -> pa.Array:
    """Row numbers in order of the keys."""
    if len(keys) == 1:
        return pc.sort_indices(part[keys[0]])
    first = part[keys[0]].cast(pa.int64()).to_numpy()
    order = np.argsort(first, kind="stable")
    tie = np.flatnonzero(np.diff(first[order]) == 0)
    if len(tie) == 0:
        return pa.array(order)
    # Only rows that share their time are compared by id, which is text and slow.
    tied = np.union1d(tie, tie + 1)
    rows = order[tied]
    subset = pa.table({"k": first[rows], "id": part[keys[1]].take(pa.array(rows))})
    inner = pc.sort_indices(subset, sort_keys=[("k", "ascending"), ("id", "ascending")])
    order[tied] = rows[inner.to_numpy()]
    return pa.array(order)
