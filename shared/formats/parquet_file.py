"""Writes clean batches as Parquet files that never pass the limit."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from shared.formats.files import EncodedFile, Layout, OpenSpool, Reject, RejectRows
from shared.formats.parquet_columns import Columns
from shared.formats.parquet_groups import Sizes, row_groups, row_sizes
from shared.formats.parquet_writer import ParquetFile

_ROW_ID = ""  # goes along until the row is known to fit


def write_files(
    batches: Iterator[pa.RecordBatch],
    layout: Layout,
    event_name: str | None,
    open_spool: OpenSpool,
    reject: RejectRows,
) -> Iterator[EncodedFile]:
    """Yields the files that hold the rows of these clean batches, in order.

    A row with a property that does not fit the type in the run's schema is rejected, and so is one
    that is too large for a file of its own.
    """
    file: ParquetFile | None = None
    overflow = 0
    for group in row_groups(_laid_out(batches, Columns(layout, event_name), reject)):
        waiting = [group]
        while waiting:
            group = waiting.pop()
            file = file or ParquetFile(layout, open_spool)
            if file.add(group.drop_columns(_ROW_ID)):
                continue
            if file.rows:
                yield file.finished(overflow)
                file, overflow = None, overflow + 1
                waiting.append(group)
            elif group.num_rows > 1:
                half = group.num_rows // 2
                waiting += [group.slice(half), group.slice(0, half)]
            else:
                reject(
                    [
                        Reject(
                            group[_ROW_ID][0].as_py(), "row-too-large", "it does not fit in a file"
                        )
                    ]
                )
    if file and file.rows:
        yield file.finished(overflow)


def _laid_out(
    batches: Iterator[pa.RecordBatch], columns: Columns, reject: RejectRows
) -> Iterator[tuple[pa.RecordBatch, Sizes]]:
    """The columns of the good rows, and the size of each row."""
    for batch in batches:
        laid_out, misfits = columns.of(batch)
        sizes = row_sizes(batch, columns.fields)
        if misfits:
            rows = sorted(misfits)
            ids = batch.column(0).take(pa.array(rows)).to_pylist()  # event_id or object_id
            reject(
                [
                    Reject(row_id or "", "property-type", misfits[row])
                    for row_id, row in zip(ids, rows, strict=True)
                ]
            )
            good = np.isin(np.arange(len(batch)), rows, invert=True)
            laid_out, sizes = laid_out.filter(pa.array(good)), sizes[good]
            batch = batch.filter(pa.array(good))
        yield laid_out.append_column(_ROW_ID, batch.column(0)), sizes
