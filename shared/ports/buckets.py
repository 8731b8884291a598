"""Customers' buckets, and who tries them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, Protocol

from shared.credentials.kinds import Credential
from shared.domain.bucket_access import Access
from shared.domain.bucket_steps import Trial
from shared.formats.files import Spool


class Created(StrEnum):
    """How an object came to be in the bucket."""

    NEW = "new"
    FOUND = "found"


@dataclass(frozen=True, slots=True)
class Repacked:
    """The object was there already, its content the same, packed into other bytes: these."""

    bytes: int
    crc32c: str  # base64, as in EncodedFile
    sha256: str  # hexadecimal


class Bucket(Protocol):
    """A customer's bucket: objects are created, never overwritten, renamed or deleted."""

    def check(self) -> None:
        """Raise CustomerFault when nothing could be delivered here."""

    def try_out(self) -> Trial:
        """What `check` finds out, step by step, and what the bucket shows of itself.

        Raises Transient when that cannot be told for now.
        """

    def open_spool(self) -> Spool:
        """Room for the bytes of one object until it is created; to be closed at the end."""

    def create(
        self, name: str, spool: Spool, *, crc32c: str, size: int, metadata: Mapping[str, str]
    ) -> Created | Repacked:
        """Put the spooled bytes under `name` if nothing is there.

        FOUND when the very same bytes are there already, Repacked when the same content is.
        Raises OurFault (`object-differs`) when something else is, CustomerFault or Transient when
        the bucket refuses. One thread may create while another fills a spool.
        """

    def open(self, name: str) -> BinaryIO:
        """Read an object back; raises FileNotFoundError."""


# Opens the bucket at an address with a customer's credentials, or a folder or a test server with
# none. Raises CustomerFault when they do not let Sluice in; `Bucket.check` tells what they allow.
OpenBucket = Callable[[str, Credential], Bucket]


class Prober(Protocol):
    """Tries customers' buckets where their credentials may be read."""

    def probe(self, account_id: int, url: str, access: Access | None = None) -> Trial:
        """What each step shows, with what is saved or, if it is given, with `access`.

        Answers in a few seconds. Raises Transient when nothing can be told for now, OurFault
        when the credentials cannot be read. Never leaves anything in the bucket.
        """

    def leave(self, account_id: int, url: str, name: str) -> Trial:
        """The same with what is saved, and then one small object is created under this name.

        It is read back where that is granted, and never deleted. Where it cannot be created, the
        trial tells why. Raises as `probe` does; whether the object is there is then not known.
        """
