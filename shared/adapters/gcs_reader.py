"""Reads an object of Cloud Storage back, piece by piece, with our errors."""

from typing import BinaryIO, cast

from google.cloud.storage import Blob
from google.cloud.storage.fileio import BlobReader
from google.cloud.storage.retry import DEFAULT_RETRY

from shared.adapters.gcs_errors import translated

# What is fetched, and held, at a time.
READ_BYTES = 8 << 20


class _Reader(BlobReader):  # type: ignore[misc] # the library has no types
    def read(self, size: int = -1) -> bytes:
        with translated():
            content: bytes = super().read(size)
        return content


def open_blob(
    blob: Blob, timeout: tuple[float, float], *, pause_s: float, retry_s: float
) -> BinaryIO:
    """The bytes as they are stored, of the very version that was looked at.

    A piece that breaks off is fetched again, at first after `pause_s`, and after `retry_s` no more.
    """
    retry = DEFAULT_RETRY.with_delay(initial=pause_s).with_timeout(retry_s)
    # Raw, whatever a foreign object says of its encoding.
    reader = _Reader(blob, chunk_size=READ_BYTES, retry=retry, timeout=timeout, raw_download=True)
    return cast(BinaryIO, reader)
