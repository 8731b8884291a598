"""Frozen windows of the warehouse, and how two of them differ."""

from dataclasses import dataclass, field
from enum import StrEnum

import pyarrow as pa

from shared.domain.selection import Selection
from shared.domain.slices import Slicing


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


class SnapshotGone(Exception):
    """The snapshot has expired or was removed: what needs its rows cannot be done any more."""
