"""Streams a stored file once: its bytes are summed up while its payload is read."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO, cast

import google_crc32c
from isal import igzip

from functions.local.load_files import GZIP_ERRORS, READ_BYTES
from functions.local.verify_manifest import Listed
from shared.formats.checksums import crc32c_text


@dataclass(frozen=True, slots=True)
class Sums:
    """What was counted over one stored file."""

    bytes: int
    uncompressed_bytes: int
    crc32c: str
    sha256: str | None
    md5: str | None
    # Why the gzip data could not be read to its end.
    damage: str | None


class _Tapped(io.RawIOBase):
    """Passes bytes through and counts them; hashes them where that is asked for."""

    def __init__(
        self, source: IO[bytes], *hashes: "hashlib._Hash | google_crc32c.Checksum"
    ) -> None:
        super().__init__()
        self._source = source
        self._hashes = hashes
        self.bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview", /) -> int:  # type: ignore[override]
        data = self._source.read(len(buffer))
        count = len(data)
        buffer[:count] = data
        self.bytes += count
        for each in self._hashes:
            each.update(data)
        return count


class StoredFile:
    """A file of the bucket, open; `payload` gives its bytes before gzip."""

    def __init__(self, path: Path, listed: Listed, *, gzipped: bool) -> None:
        self._file = path.open("rb")
        self._crc32c = google_crc32c.Checksum()
        self._sha256 = hashlib.sha256() if listed.sha256 else None
        self._md5 = hashlib.md5(usedforsecurity=False) if listed.md5 else None
        hashes = [each for each in (self._crc32c, self._sha256, self._md5) if each is not None]
        self._stored = _Tapped(self._file, *hashes)
        self._gzipped = gzipped
        buffered: IO[bytes] = io.BufferedReader(self._stored, READ_BYTES)
        self._buffered = buffered
        if gzipped:
            buffered = cast(BinaryIO, igzip.IGzipFile(fileobj=buffered, mode="rb"))  # type: ignore[no-untyped-call]
        self._payload = _Tapped(buffered)
        self.payload = io.BufferedReader(self._payload, READ_BYTES)

    def __enter__(self) -> "StoredFile":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def sums(self) -> Sums:
        """Read whatever is left, and tell the totals."""
        damage = None
        try:
            while self.payload.read(READ_BYTES):
                pass
        except GZIP_ERRORS as error:
            damage = str(error)
        while self._buffered.read(READ_BYTES):
            pass
        return Sums(
            bytes=self._stored.bytes,
            uncompressed_bytes=self._payload.bytes,
            crc32c=crc32c_text(self._crc32c.digest()),
            sha256=self._sha256.hexdigest() if self._sha256 else None,
            md5=self._md5.hexdigest() if self._md5 else None,
            damage=damage,
        )
