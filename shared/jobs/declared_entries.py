"""What a file declares, and the plan that comes of it."""

from dataclasses import dataclass, field

from shared.domain.connections import Access, Dataset
from shared.domain.declared import Change, DeclaredExport
from shared.domain.declared_imports import DeclaredImport


@dataclass(frozen=True, slots=True)
class BucketEntry:
    """A bucket of the file, with the content of its key file."""

    nickname: str
    line: int
    url: str
    key_file: bytes | None = field(repr=False)
    impersonate: str | None


@dataclass(frozen=True, slots=True)
class ConnectionEntry:
    """A connection of the file, with the content of its key file."""

    name: str
    line: int
    place: Dataset
    access: Access
    key_file: bytes | None = field(repr=False)
    impersonate: str | None


@dataclass(frozen=True, slots=True)
class Declared:
    """What a file declares."""

    source: str
    account_id: int
    buckets: tuple[BucketEntry, ...]
    exports: tuple[DeclaredExport, ...]
    connections: tuple[ConnectionEntry, ...] = ()
    imports: tuple[DeclaredImport, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes that make state agree with the file, in their order."""

    declared: Declared
    changes: tuple[Change, ...]
    # What lives, has a name and is not in the file: it stays as it is.
    left_exports: tuple[str, ...]
    left_buckets: tuple[str, ...]
    left_imports: tuple[str, ...]
    left_connections: tuple[str, ...]
