"""One object to Cloud Storage in one request, streamed: created whole, or not at all."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from time import monotonic
from types import TracebackType
from typing import IO, Any
from uuid import uuid4

from shared import reasons
from shared.errors import Transient
from shared.formats.files import Bytes

PIECE_BYTES = 1 << 20
# Most files of a slice with many small groups stay in memory; a larger one goes to the disk.
SPOOL_MEMORY_BYTES = 4 << 20

CONTENT_TYPES = {
    "gz": "application/gzip",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xml": "application/xml",
    "txt": "text/plain; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}


def content_type(name: str) -> str:
    """What an object is, by the end of its name."""
    # The codec at its end is Parquet's own; the file is no gzip file.
    end = "parquet" if name.endswith("parquet.gzip") else name.rpartition(".")[2]
    return CONTENT_TYPES.get(end, "application/octet-stream")


class GcsSpool:
    """The bytes of one object until it is created, in memory while they are few."""

    def __init__(self) -> None:
        # Closed by `close`; it has no name, so nothing is left of it when the process dies.
        self.file: IO[bytes] = tempfile.SpooledTemporaryFile(SPOOL_MEMORY_BYTES)  # noqa: SIM115
        self.size = 0

    def write(self, data: Bytes, /) -> int:
        """Take the next bytes, all of them."""
        try:
            self.file.write(data)
        except OSError as error:
            full = reasons.DISK_FULL
            raise Transient(full.message, reason=full.code) from error
        size = memoryview(data).nbytes
        self.size += size
        return size

    def close(self) -> None:
        """Let go of the bytes; an object that was created from them stays."""
        self.file.close()

    def __enter__(self) -> "GcsSpool":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Upload:
    """The body of a `multipart/related` upload: what the object is, then its bytes.

    It may be iterated again, from the start: after a refused token the session sends it anew. The
    client library's own upload holds a file in memory twice, deletes what it takes for damaged,
    and cuts large ones into requests, of which no single one decides.
    """

    def __init__(self, resource: Mapping[str, Any], spool: GcsSpool, deadline_s: float) -> None:
        boundary = uuid4().hex
        self.headers = {"Content-Type": f'multipart/related; boundary="{boundary}"'}
        self._head = (
            f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n"
            f"{json.dumps(resource)}\r\n"
            f"--{boundary}\r\nContent-Type: {resource['contentType']}\r\n\r\n"
        ).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._spool = spool
        self._give_up_at = monotonic() + deadline_s

    def __len__(self) -> int:
        return len(self._head) + self._spool.size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        self._spool.file.seek(0)
        while piece := self._spool.file.read(PIECE_BYTES):
            if monotonic() > self._give_up_at:
                # A socket's own timeout starts anew with every piece that it gets rid of.
                raise TimeoutError("the upload takes too long")
            yield piece
        yield self._tail
