"""The warehouse that exports read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import pyarrow as pa

from shared.domain.recounts import WindowCount
from shared.domain.selection import Selection
from shared.domain.slices import Slicing
from shared.ports.samples import EventNames, Sample, SampleBounds
from shared.ports.snapshots import Frozen, RowChanges, Snapshot

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
