"""CRC32C as Cloud Storage and manifests write it: four bytes, the highest first, in base64."""

import base64

import google_crc32c


def crc32c_text(crc32c: int | bytes) -> str:
    """The text of a checksum, which may be a number or its bytes already."""
    digest = crc32c if isinstance(crc32c, bytes) else crc32c.to_bytes(4, "big")
    return base64.b64encode(digest).decode("ascii")


def crc32c_of(content: bytes) -> str:
    """The text of the checksum of all these bytes."""
    return crc32c_text(google_crc32c.value(content))
