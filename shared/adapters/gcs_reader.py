"""Reads an object of Cloud Storage back, piece by piece, with our errors."""

from typing import BinaryIO, cast

from google.cloud.storage import Blob
from google.cloud.storage.fileio import BlobReader

from shared.adapters.gcs_errors import translated

# What is fetched, and held, at a time.
READ_BYTES = 8 << 20


class _Reader(BlobReader):  # type: ignore[misc] # the library has no types
    def read(self, size: int = -1) -> bytes:
        with translated():
            content: bytes = super().read(size)
        return content


def open_blob(blob: Blob, timeout: tuple[float, float]) -> BinaryIO:
    """The bytes as they are stored, of the very version that was looked at."""
    # Raw, whatever a foreign object says of its encoding.
    reader = _Reader(blob, chunk_size=READ_BYTES, retry=None, timeout=timeout, raw_download=True)
    return cast(BinaryIO, reader)
