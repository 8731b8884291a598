"""Looks into the warehouse that are bounded, and what they show."""

from dataclasses import dataclass

import pyarrow as pa


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
