"""Short ways to put objects into a bucket and to see what lies in it."""

import base64
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import google_crc32c

from shared.ports import Bucket, Created


def crc32c_of(content: bytes) -> str:
    return base64.b64encode(google_crc32c.Checksum(content).digest()).decode("ascii")


def put(
    bucket: Bucket, name: str, content: bytes, metadata: Mapping[str, str] | None = None
) -> Created:
    """Spool the content in two pieces and create the object."""
    with closing(bucket.open_spool()) as spool:
        spool.write(content[:7])
        spool.write(memoryview(content)[7:])
        return bucket.create(
            name,
            spool,
            crc32c=crc32c_of(content),
            size=len(content),
            metadata={"run": "1"} if metadata is None else metadata,
        )


def objects(folder: Path) -> dict[str, bytes]:
    """Everything below the folder, hidden files included."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
