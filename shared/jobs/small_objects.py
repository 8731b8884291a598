"""Puts a few bytes into a bucket as one object: manifests, and rows that were rejected."""

from contextlib import closing

from shared.formats.checksums import crc32c_of
from shared.formats.files import ENCODER_VERSION
from shared.ports import Bucket


def put_object(bucket: Bucket, name: str, content: bytes, *, stamp: int) -> None:
    """Create the object, or find the same bytes there; raises what `Bucket.create` does."""
    with closing(bucket.open_spool()) as spool:
        spool.write(content)
        bucket.create(
            name,
            spool,
            crc32c=crc32c_of(content),
            size=len(content),
            metadata={"run": str(stamp), "encoder": ENCODER_VERSION},
        )
