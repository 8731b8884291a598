"""What the jobs need from the outside world, as small protocols; adapters stand behind them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from enum import StrEnum
from typing import BinaryIO, Protocol

import pyarrow as pa

from shared.credentials.kinds import Credential
from shared.domain.bucket_access import Access
from shared.domain.bucket_steps import Trial
from shared.domain.recounts import WindowCount
from shared.domain.selection import Selection
from shared.domain.slices import Slicing
from shared.formats.files import Spool

# event name -> {property: type}; see shared/formats/files.py for the keys beside event names.
Schema = dict[str, dict[str, str]]


class SchemaDetail(StrEnum):
    """How much of the properties' schema a format needs."""

    NONE = "none"
    KEYS = "keys"
    TYPES = "types"


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a window holds: rows and estimated encoded bytes per group, and the schema."""

    # event_name string, event_date date32, rows int64, bytes int64
    groups: pa.Table
    schema: Schema
    # What the warehouse bills for; 0 where it bills for nothing.
    bytes_processed: int = 0


class SnapshotStatus(StrEnum):
    """How far the freezing of a window is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A frozen window: the rows that will be delivered, and what was counted on the way."""

    status: SnapshotStatus
    rows: int = 0
    rows_duplicate: int = 0
    rows_late: int = 0
    # Rows that no slice took; more than none is a fault of ours.
    rows_unplaced: int = 0
    detail: str = ""
    bytes_processed: int = 0
    # The ids of all its rows and duplicates in one number; see `Warehouse.count_windows`.
    ids_checksum: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Frozen:
    """A delivered run's rows, as they are compared with those of another."""

    snapshot_id: str
    selection: Selection
    slicing: Slicing


@dataclass(frozen=True, slots=True)
class RowChanges:
    """The rows in which a delivery of a window differs from earlier ones."""

    # kind string (added, missing or changed), delivery int64, slice_no int64, file_no int64,
    # rows int64. What is missing stands at its place in that of the earlier deliveries; `delivery`
    # is its place in their list, and -1 for all else, which stands at its place in the later one.
    changes: pa.Table
    # Rows that were found of all earlier deliveries together.
    rows_before: int
    bytes_processed: int = 0


@dataclass(frozen=True, slots=True)
class SampleBounds:
    """How much a look into the warehouse may take."""

    rows: int
    # Counting that takes longer is given up.
    seconds: float
    # Queries that are billed for more bytes than these are not run.
    bytes: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A look at a selection: its first rows, and what it holds as far as that was counted."""

    # As in a slice, with `event_name` beside them where they are events; by time.
    rows: pa.Table
    # As in an inventory; None when counting would have passed the bounds.
    groups: pa.Table | None
    # What a run over the selection reads in a warehouse that bills for it.
    bytes_processed: int = 0


@dataclass(frozen=True, slots=True)
class EventNames:
    """Names of events in order, as many as were asked for or could be had."""

    names: tuple[str, ...]
    # Whether these are all; else there are more, or looking took too long or would cost too much.
    complete: bool


class SnapshotGone(Exception):
    """The snapshot has expired or was removed: what needs its rows cannot be done any more."""


class Warehouse(Protocol):
    """Where events and profiles come from; reads only."""

    def freeze(self, now: datetime) -> datetime:
        """A moment such that whatever is loaded after this call is visible only later than it."""

    def has_event(self, account_id: int, event_name: str) -> bool:
        """Whether any event of this name was ever loaded."""

    def event_names(self, account_id: int, prefix: str, bounds: SampleBounds) -> EventNames:
        """The first names of loaded events that begin with `prefix`, within the bounds.

        Raises Transient when the warehouse cannot be asked for now.
        """

    def inventory(self, selection: Selection, detail: SchemaDetail) -> Inventory:
        """Count the selection by event name and local date."""

    def sample(self, selection: Selection, bounds: SampleBounds) -> Sample:
        """The first rows of the selection as it is now, and its counts, within the bounds.

        Nothing is stored. The moment in the selection does not matter.
        """

    def submit_snapshot(self, snapshot_id: str, selection: Selection, slicing: Slicing) -> None:
        """Begin to freeze the selection; harmless when this snapshot was submitted before."""

    def snapshot(self, snapshot_id: str) -> Snapshot:
        """How far the snapshot is."""

    def read_slice(self, snapshot_id: str, slice_no: int) -> pa.Table:
        """Rows of one slice, with `file_no`; at most about one slice's bytes.

        Raises SnapshotGone.
        """

    def drop_snapshot(self, snapshot_id: str) -> None:
        """Remove a snapshot that is not needed any more; does nothing when it is gone."""

    def retire_snapshot(self, snapshot_id: str) -> None:
        """Its rows are delivered: nobody reads them as slices any more.

        What `count_windows` and `row_changes` need to know of them is kept for some days.
        """

    def count_windows(
        self, selection: Selection, edges: Sequence[datetime]
    ) -> tuple[list[WindowCount], int]:
        """The rows between each edge and the next, in one query, and the bytes it read.

        Counts events as they are now, whatever moment the selection names; duplicates count too.
        The checksums are those of snapshots of the same rows. Raises SnapshotGone when rows that
        the selection calls delivered are not known any more; so does `inventory`.
        """

    def row_changes(self, before: Sequence[Frozen], after: Frozen) -> RowChanges:
        """Which rows differ between what was delivered of a window and a later delivery of it.

        Rows are the same when their ids are, and changed when any of their columns is different.
        Raises SnapshotGone when the rows of one are not known any more.
        """


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


class Secrets(Protocol):
    """Keeps what must never stand in state; a reference names one version and is no secret."""

    def put(self, name: str, value: bytes) -> str:
        """Keep 1 to 65,536 bytes as a new version of the secret `name`; gives its reference.

        Earlier versions stay. A name has up to 255 letters, digits, '-' and '_'.
        """

    def get(self, reference: str) -> bytes:
        """The value; raises OurFault (`secret-missing`) when there is none or it was destroyed."""

    def destroy(self, reference: str) -> None:
        """Make this version unreadable for good; does nothing when it is gone already."""


class Prober(Protocol):
    """Tries customers' buckets where their credentials may be read."""

    def probe(self, account_id: int, url: str, access: Access | None = None) -> Trial:
        """What each step shows, with what is saved or, if it is given, with `access`.

        Answers in a few seconds. Raises Transient when nothing can be told for now, OurFault
        when the credentials cannot be read.
        """


class Queue(Protocol):
    """Carries pointers to work; may deliver twice, late or never: the tick drives again."""

    def publish(self, topic: str, messages: Sequence[Mapping[str, int]]) -> None:
        """Hand messages to `topic` for at-least-once delivery; returns when all are accepted.

        Raises Transient when they are not; some may have been sent, which is harmless.
        """


class Callers(Protocol):
    """Knows who may call a function."""

    def refuse(self, authorization: str | None) -> str | None:
        """Why a call with this Authorization header is refused; None when it is not.

        Raises Transient when that cannot be told for now.
        """


class Identities(Protocol):
    """Tells whose a signed token is."""

    def email_of(self, token: str) -> str:
        """The address that the token proves, in lower case.

        Raises NotIdentified when it proves none, Transient when that cannot be told for now.
        """


@dataclass(frozen=True, slots=True)
class SignIn:
    """What proves to the api function who calls; with none of it nobody gets in."""

    iap: Identities | None = None
    machines: Identities | None = None
    # Who everybody on this machine is; empty where that is nobody.
    local_member: str = ""

    @property
    def configured(self) -> bool:
        """Whether anybody can get in at all."""
        return bool(self.iap or self.machines or self.local_member)


class Verdict(StrEnum):
    """What the mail server says to one recipient."""

    ACCEPTED = "accepted"
    # 4xx: it may be sent again later.
    LATER = "later"
    # 5xx: this address will never take it.
    REFUSED = "refused"


Mailed = dict[str, Verdict]


class Mail(Protocol):
    """Sends e-mails to whoever is named, not to whom the message names."""

    def send(self, message: EmailMessage, sender: str, to: Sequence[str]) -> Mailed:
        """Hand the message in for these addresses; gives what becomes of each.

        Raises Transient when nothing is known to be accepted: the server cannot be reached, or
        the line was lost before its answer. The same message may then be sent again, and comes
        twice at worst, under one Message-ID. Raises OurFault when the server refuses us.
        """


class Posts(Protocol):
    """Sends webhooks to addresses on the internet that customers name."""

    def check(self, url: str) -> None:
        """Raise InvalidInput when the address leads to no server that we may call."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer; redirects are not followed.

        The address is resolved anew, checked again and then called at what it resolved to. Raises
        CustomerFault when it leads nowhere, where we may not call or to whom we cannot trust,
        Transient when there is no answer.
        """


TOPIC_WINDOWS = "export-windows"
TOPIC_SLICES = "export-slices"
