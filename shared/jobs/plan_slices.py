"""From counted groups to slices and back: what state stores and what the warehouse needs."""

from collections.abc import Mapping, Sequence
from math import ceil

import pyarrow as pa
import pyarrow.compute as pc

from shared.config import Limits
from shared.domain.exports import Format
from shared.domain.slices import Slicing, cut
from shared.state.slices import SlicePart

# An XML property stands in five tags; text of the other formats is about as long as JSON.
BYTES_FACTOR = {Format.XML: 2.5}


def cut_groups(groups: pa.Table, file_format: Format, limits: Limits) -> Slicing:
    """Slices for the groups of an inventory, whose bytes are those of JSON lines."""
    factor = BYTES_FACTOR.get(file_format, 1.0)
    slice_bytes = ceil(limits.slice_bytes / factor)
    return cut(groups, slice_bytes=slice_bytes, slice_files=limits.slice_files)


def event_names(slicing: Slicing) -> list[str]:
    """Raw names of all events, each once, sorted."""
    return sorted(pc.unique(slicing.groups["event_name"]).to_pylist())


def slice_parts(slicing: Slicing, forms: Mapping[str, str]) -> list[tuple[SlicePart, ...]]:
    """The parts of every slice with the file-name forms of their events; profiles have none."""
    return [
        tuple(
            SlicePart(
                part.event_name if part.event_date else None,
                forms[part.event_name] if part.event_date and part.event_name else None,
                part.event_date,
                part.index,
                part.parts,
            )
            for part in parts
        )
        for parts in slicing.slices()
    ]


def slicing_of(stored: Sequence[tuple[SlicePart, ...]]) -> Slicing:
    """The slicing that was stored; a planner that takes over goes on with the very same."""
    names, dates, slice_nos, file_nos, counts = [], [], [], [], []
    for slice_no, parts in enumerate(stored):
        for file_no, part in enumerate(parts):
            if part.index == 0:
                names.append("" if part.event_name is None else part.event_name)
                dates.append(part.event_date)
                slice_nos.append(slice_no)
                file_nos.append(file_no)
                counts.append(part.parts)
    groups = pa.table(
        {
            "event_name": pa.array(names, pa.string()),
            "event_date": pa.array(dates, pa.date32()),
            "first_slice": pa.array(slice_nos, pa.int32()),
            "file_no": pa.array(file_nos, pa.int32()),
            "parts": pa.array(counts, pa.int32()),
        }
    )
    return Slicing(groups=groups, slice_count=len(stored))
