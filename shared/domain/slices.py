"""Slicing: from rows and bytes per event and date to slices of work and the parts in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.errors import OurFault

Ints = npt.NDArray[np.int64]

GROUPS = pa.schema(
    [
        ("event_name", pa.string()),
        ("event_date", pa.date32()),
        ("first_slice", pa.int32()),
        ("file_no", pa.int32()),
        ("parts", pa.int32()),
    ]
)
_KEY = ["event_name", "event_date"]
_INVENTORY = pa.schema([*list(GROUPS)[:2], ("rows", pa.int64()), ("bytes", pa.int64())])
_INT32_MAX = 2**31 - 1
_GROUPS_PER_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one planned file: those of a group, or every `parts`-th of them by hash."""

    event_name: str | None
    event_date: date | None
    index: int
    parts: int


@dataclass(frozen=True, slots=True)
class Slicing:
    """Where each group's rows go.

    `groups` has the columns event_name, event_date, first_slice, file_no and parts, in the order
    of the slices. A row belongs to part `hash(row) % parts` of its group, and that part is file
    `file_no` of slice `first_slice + part`.
    """

    groups: pa.Table
    slice_count: int

    def slices(self) -> Iterator[tuple[Part, ...]]:
        """The parts of slice 0, 1, 2 ...; a part's place in its tuple is its `file_no`."""
        shared: list[Part] = []
        for batch in self.groups.to_batches(max_chunksize=_GROUPS_PER_BATCH):
            columns = (batch[name].to_pylist() for name in ("event_name", "event_date"))
            numbers = (batch[name].to_pylist() for name in ("file_no", "parts"))
            for name, day, file_no, parts in zip(*columns, *numbers, strict=True):
                if shared and file_no == 0:
                    yield tuple(shared)
                    shared = []
                if parts > 1:
                    yield from ((Part(name, day, index, parts),) for index in range(parts))
                else:
                    shared.append(Part(name, day, 0, 1))
        if shared:
            yield tuple(shared)


def cut(groups: pa.Table, *, slice_bytes: int, slice_files: int) -> Slicing:
    """Cuts groups (event_name, event_date, rows, bytes) into slices; the same groups, in whatever
    order, always give the same slicing.

    A group over `slice_bytes` becomes so many parts of about equal size, never more than it has
    rows, each a slice of its own. They come first, being the longest work. The other groups
    share slices of at most `slice_bytes` and `slice_files`, in order of name and date.
    """
    if slice_bytes < 1 or slice_files < 1:
        raise OurFault("A slice needs room for a byte and a file.", reason="bad-limits")
    groups = groups.select(_INVENTORY.names).cast(_INVENTORY)
    order = pc.sort_indices(groups, sort_keys=[(name, "ascending") for name in _KEY])
    groups = groups.take(order).combine_chunks()
    sizes, rows = _numbers(groups, "bytes"), _numbers(groups, "rows")
    _check(groups, sizes, rows)
    is_big = sizes > slice_bytes
    big, small = np.flatnonzero(is_big), np.flatnonzero(~is_big)
    parts = np.minimum(-(-sizes[big] // slice_bytes), rows[big])
    ends = np.cumsum(parts)
    big_slices = int(ends[-1]) if len(ends) else 0
    starts = _slice_starts(sizes[small], slice_bytes, slice_files)
    slice_count = big_slices + len(starts)
    if slice_count > _INT32_MAX:
        raise OurFault(f"{slice_count} slices are too many for one run.", reason="many-slices")
    places = np.arange(len(small))
    shared = np.searchsorted(starts, places, side="right") - 1
    numbers = (
        np.concatenate([ends - parts, big_slices + shared]),
        np.concatenate([np.zeros_like(big), places - starts[shared]]),
        np.concatenate([parts, np.ones_like(small)]),
    )
    keys = groups.select(_KEY).take(pa.array(np.concatenate([big, small])))
    columns = [*keys.columns, *(pa.array(each.astype(np.int32)) for each in numbers)]
    return Slicing(pa.table(columns, names=GROUPS.names).cast(GROUPS), slice_count)


def _slice_starts(sizes: Ints, slice_bytes: int, slice_files: int) -> Ints:
    """The places at which a new slice begins when groups of these sizes are packed in order."""
    total = np.cumsum(sizes)
    # For a slice that began at any place: the first place that would not fit into it any more.
    after = np.searchsorted(total, total - sizes + slice_bytes, side="right")
    after = np.minimum(after, np.arange(len(sizes)) + slice_files)
    next_start = after.tolist()
    starts = []
    place = 0
    while place < len(next_start):
        starts.append(place)
        place = next_start[place]
    return np.array(starts, np.int64)


def _numbers(groups: pa.Table, column: str) -> Ints:
    values = groups[column]
    if values.null_count:
        raise OurFault(f"The inventory counts no {column} for a group.", reason="bad-inventory")
    numbers: Ints = values.to_numpy()
    return numbers


def _check(groups: pa.Table, sizes: Ints, rows: Ints) -> None:
    """A group without rows or counted twice would give a file that is empty or named twice."""
    if (sizes < 0).any() or (rows < 1).any():
        raise OurFault("The inventory holds a group without rows.", reason="bad-inventory")
    if len(sizes) < 2:
        return
    same = [
        pc.or_kleene(
            pc.equal(groups[name][1:], groups[name][:-1]),
            pc.and_(pc.is_null(groups[name][1:]), pc.is_null(groups[name][:-1])),
        )
        for name in _KEY
    ]
    if pc.any(pc.and_kleene(*same)).as_py():
        raise OurFault("The inventory holds a group twice.", reason="bad-inventory")
