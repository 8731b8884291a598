"""Fills one Parquet file with row groups and refuses the one with which it would pass the limit."""

import pyarrow as pa
import pyarrow.compute as pc

from shared.errors import OurFault
from shared.formats.files import EncodedFile, Layout, OpenSpool, Spool
from shared.formats.parquet_stream import ParquetStream, leaves, repeating

SCHEMA_VERSION = "1"
# The writer leaves longer smallest and largest values out of its statistics.
_STATISTICS_BYTES_MAX = 4096


class ParquetFile:
    """One file in the making; its spool is opened with the first row group."""

    def __init__(self, layout: Layout, open_spool: OpenSpool) -> None:
        self._layout = layout
        self._open_spool = open_spool
        self._open: tuple[ParquetStream, Spool] | None = None
        self._dictionaries: list[str] = []
        # What the footer may take for the groups that are in the file.
        self._footer_bytes = 0
        self.rows = 0

    def add(self, group: pa.Table) -> bool:
        """Writes the row group, or does nothing and says False when the file would be too large."""
        if self._open is None:
            self._dictionaries = repeating(group)
        stored = self._footer_bytes + (self._open[0].size if self._open else 0)
        footer, exact = _footer_bytes_max(group), None
        if stored + _data_bytes_max(group) + footer > self._layout.file_bytes_max:
            # Near the limit only a trial can tell; it costs as much as the group and is rare.
            trial = self._stream(group.schema)
            trial.add(group)
            trial.close()
            exact = trial.size
            if stored + exact > self._layout.file_bytes_max:
                return False
        if self._open is None:
            spool = self._open_spool()
            self._open = self._stream(group.schema, spool), spool
        stream, _ = self._open
        before = stream.size
        stream.add(group)
        self._footer_bytes += footer if exact is None else exact - (stream.size - before)
        self.rows += group.num_rows
        return True

    def finished(self, overflow: int) -> EncodedFile:
        """Closes the file, which must have rows."""
        if self._open is None:
            raise OurFault("A Parquet file was finished before it had a row.")
        stream, spool = self._open
        plain = stream.close()
        return EncodedFile(overflow, self.rows, stream.size, plain, *stream.digests(), spool)

    def _stream(self, schema: pa.Schema, spool: Spool | None = None) -> ParquetStream:
        about = {
            "sluice.request_id": str(self._layout.request_id),
            "sluice.run_stamp": str(self._layout.run_stamp),
            "sluice.schema_version": SCHEMA_VERSION,
        }
        return ParquetStream(schema, self._layout.compression, self._dictionaries, about, spool)


def _data_bytes_max(group: pa.Table) -> int:
    """What the values of the group can take at most, whatever they are."""
    # Plain values take what Arrow takes. A dictionary that is given up costs an index a value
    # besides, and every page has a header with statistics.
    columns = len(list(leaves(group)))
    pages = columns * (1 + group.num_rows // 20_000) + group.nbytes // 1_000_000
    header = 200 + 2 * _STATISTICS_BYTES_MAX
    size: int = group.nbytes * 11 // 10 + 4 * group.num_rows * columns + header * pages
    return size


def _footer_bytes_max(group: pa.Table) -> int:
    """What the schema and the description of the group can add to the footer at most."""
    total = 2_000
    for path, leaf in leaves(group):
        longest = 16
        if pa.types.is_string(leaf.type):
            longest = pc.max(pc.binary_length(leaf)).as_py() or 0
        total += 500 + 4 * len(path.encode()) + 2 * min(longest, _STATISTICS_BYTES_MAX)
    return total
