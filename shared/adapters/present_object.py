"""Compares an object that is there already, in other bytes, with the one to be created."""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from typing import IO

import google_crc32c
import pyarrow as pa
import pyarrow.parquet as pq

from shared.errors import OurFault
from shared.formats.checksums import crc32c_text
from shared.ports import Repacked
from shared.reasons import OBJECT_DIFFERS

READ_BYTES = 1_000_000
# Rows held of each Parquet file at a time.
READ_ROWS = 10_000
GZIP, PARQUET = b"\x1f\x8b\x08", b"PAR1"


def repacked(ours: IO[bytes], theirs: IO[bytes]) -> Repacked | None:
    """What `theirs` is if it holds the content of `ours` in other bytes; None if it does not.

    gzip depends on the processor's instructions and on the packer's version, Parquet on the
    version of Arrow: the unpacked bytes and the rows are what a customer gets. Both files are read
    in small pieces; both must be able to seek.
    """
    if not _same_content(ours, theirs):
        return None
    theirs.seek(0)
    size, crc32c, sha256 = 0, google_crc32c.Checksum(), hashlib.sha256()
    while piece := theirs.read(READ_BYTES):
        size += len(piece)
        crc32c.update(piece)
        sha256.update(piece)
    return Repacked(size, crc32c_text(crc32c.digest()), sha256.hexdigest())


def differs(name: str) -> OurFault:
    """The fault of an object that is there with other content."""
    return OurFault(
        f"{name} is in the bucket with other content; it was not touched.",
        reason=OBJECT_DIFFERS,
    )


def _same_content(ours: IO[bytes], theirs: IO[bytes]) -> bool:
    kinds = {_magic(ours), _magic(theirs)}
    try:
        if kinds == {GZIP}:
            unpacked = [gzip.GzipFile(fileobj=file, mode="rb") for file in (ours, theirs)]
            return _same_bytes(*unpacked)
        if kinds == {PARQUET}:
            return _same_rows(ours, theirs)
    except (gzip.BadGzipFile, EOFError, zlib.error, pa.ArrowInvalid):
        # It only begins like one.
        return False
    return False


def _magic(file: IO[bytes]) -> bytes | None:
    file.seek(0)
    begin = file.read(4)
    file.seek(0)
    return next((magic for magic in (GZIP, PARQUET) if begin.startswith(magic)), None)


def _same_bytes(ours: gzip.GzipFile, theirs: gzip.GzipFile) -> bool:
    while True:
        piece = ours.read(READ_BYTES)
        if piece != theirs.read(len(piece) or 1):
            return False
        if not piece:
            return True


def _same_rows(ours: IO[bytes], theirs: IO[bytes]) -> bool:
    mine, other = pq.ParquetFile(ours), pq.ParquetFile(theirs)
    if mine.metadata.num_rows != other.metadata.num_rows:
        return False
    if not mine.schema_arrow.equals(other.schema_arrow, check_metadata=False):
        return False
    return all(a.equals(b) for a, b in zip(_blocks(mine), _blocks(other), strict=True))


def _blocks(file: pq.ParquetFile) -> Iterator[pa.Table]:
    """Rows in blocks of one size, however the file groups them."""
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in file.iter_batches(batch_size=READ_ROWS):
        waiting.append(batch)
        rows += batch.num_rows
        while rows >= READ_ROWS:
            table = pa.Table.from_batches(waiting)
            yield table.slice(0, READ_ROWS)
            waiting, rows = table.slice(READ_ROWS).to_batches(), rows - READ_ROWS
    if rows:
        yield pa.Table.from_batches(waiting)
