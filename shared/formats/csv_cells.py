"""Makes the cells of a CSV file from columns of clean text, and a row's cells from properties."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.formats import properties
from shared.formats.pieces import Piece
from shared.formats.text import join, spans, wrapped

Mask = npt.NDArray[np.bool_]


def cells(
    column: pa.StringArray, *, guard: bool = False, empty_is_missing: bool = False
) -> pa.StringArray:
    """RFC 4180 fields: quoted where a comma or a quote is in, and "" for text that is empty.

    A missing value stays null, so that it can be told from the empty one. `guard` puts a ' before
    what a spreadsheet would take for a formula.
    """
    if guard and pc.any(pc.match_substring_regex(column, _FORMULA)).as_py():
        column = pc.replace_substring_regex(column, f"({_FORMULA})", r"'\1")
    special = _special(column, empty_is_missing)
    rows = np.flatnonzero(special)
    if not len(rows):
        return column
    quoted = wrapped('"', pc.replace_substring(column.take(pa.array(rows)), '"', '""'), '"')
    # Only the special cells are rewritten and then taken instead of the old ones: four times as
    # fast as a choice between two whole columns.
    source = np.arange(len(column))
    source[rows] = len(column) + np.arange(len(rows))
    return pa.concat_arrays([column, quoted]).take(pa.array(source))


_FORMULA = r"^[=+\-@\t\r]"


def _special(column: pa.StringArray, empty_is_missing: bool) -> Mask:
    """Which cells need quotes."""
    starts, data = spans(column)
    special: Mask = np.zeros(len(column), dtype=bool)
    for start in range(0, len(data), properties.BLOCK_BYTES):
        block = data[start : start + properties.BLOCK_BYTES]
        found = np.flatnonzero((block == ord(",")) | (block == ord('"'))) + start
        if len(found):
            special[np.searchsorted(starts, found, "right") - 1] = True
    empty = starts[1:] == starts[:-1]
    if not empty_is_missing and empty.any():
        special |= empty & column.is_valid().to_numpy(zero_copy_only=False)
    return special


def row_cells(flat: pa.StringArray, width: int) -> pa.StringArray:
    """Rows of `width` cells each, with commas between; a null cell is empty."""
    ends = pa.array(np.arange(0, len(flat) + 1, width, dtype=np.int32))
    full = flat.fill_null("") if flat.null_count else flat
    return pc.binary_join(pa.ListArray.from_arrays(ends, full), ",")


def property_cells(
    column: pa.StringArray, names: Sequence[str], *, guard: bool, order: properties.Order = str
) -> Piece:
    """The cells of the properties `names`, sorted by `order`, with commas between; a text a row.

    Raises OurFault when a row has a property that is not among them.
    """
    if column.null_count == len(column):
        return "," * (len(names) - 1)
    if not 0 < len(names) <= properties.NAMES_MAX:
        return _sparse_cells(column, names, guard, order)
    flat = properties.texts(column, names)
    if not properties.holds_only(column, names, len(flat) - flat.null_count):
        raise properties.schema_incomplete()
    return row_cells(cells(flat, guard=guard), len(names))


def _sparse_cells(
    column: pa.StringArray, names: Sequence[str], guard: bool, order: properties.Order
) -> pa.StringArray:
    """The same from the present values only, with as many commas between as cells are missing."""
    found = properties.entries(column, order)
    place_of = {name: place for place, name in enumerate(names)}
    if not place_of.keys() >= set(found.names):
        raise properties.schema_incomplete()
    places = np.array([place_of[name] for name in found.names], dtype=np.int64)[found.ranks]
    first = np.zeros(len(places), dtype=bool)
    counts = np.diff(found.offsets)
    first[found.offsets[:-1][counts > 0]] = True
    gaps = np.diff(places, prepend=0)
    gaps[first] = places[first]
    last = np.zeros(len(column), dtype=np.int64)
    last[counts > 0] = places[found.offsets[1:][counts > 0] - 1]
    commas = pa.array(["," * gap for gap in range(max(len(names), 1))])
    values = cells(found.values, guard=guard)
    rows = properties.laid(commas.take(pa.array(gaps)), values, "", found.offsets)
    return join(rows, commas.take(pa.array(max(len(names) - 1, 0) - last)))
