"""Writes the property column of a batch as XML entries, with the rest of each row around them."""

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from shared.formats import properties
from shared.formats.pieces import Piece, joined
from shared.formats.text import wrapped, xml_escaped
from shared.formats.xml_entries import Tags, entry_tags, written


class Properties:
    """The entries of one property column: sorted by `order`, shown under `label` of their name."""

    def __init__(self, label: Callable[[str], str] = str, order: properties.Order = str) -> None:
        self._label = label
        self._order = order
        # The names that every row of the last batch had: the rows of an event are often alike.
        self._alike: Sequence[str] = ()

    def rows(
        self,
        before: Sequence[Piece],
        column: pa.StringArray,
        tags: tuple[str, str],
        after: Sequence[Piece],
    ) -> pa.StringArray:
        """`before`, the entries within `tags`, `after`; no tags where the column is null."""
        if column.null_count == len(column):
            return joined([*before, column, *after])
        rows = self._alike_rows(before, column, tags, after) if self._alike else None
        if rows is not None:
            return rows
        found = properties.entries(column, self._order)
        complete = len(found.values) == len(column) * len(found.names)
        few = 0 < len(found.names) <= properties.NAMES_MAX
        self._alike = found.names if complete and few else ()
        inner = written(found, self._tags, xml_escaped(found.values))
        if not column.null_count:
            return joined([*before, tags[0], inner, tags[1], *after])
        present = pc.if_else(column.is_valid(), inner, pa.scalar(None, pa.string()))
        return joined([*before, wrapped(tags[0], present, tags[1]), *after])

    def _tags(self, name: str) -> Tags:
        return entry_tags(self._label(name))

    def _alike_rows(
        self,
        before: Sequence[Piece],
        column: pa.StringArray,
        tags: tuple[str, str],
        after: Sequence[Piece],
    ) -> pa.StringArray | None:
        """The same with a look at these names alone; None when a row is not like the others."""
        values = properties.columns(column, self._alike)
        if any(value.null_count for value in values):
            return None
        if not properties.holds_only(column, self._alike, len(column) * len(values)):
            return None
        parts: list[Piece] = [*before, tags[0]]
        for name, value in zip(self._alike, values, strict=True):
            start, end, _ = self._tags(name)
            parts += [start, xml_escaped(value), end]
        return joined([*parts, tags[1], *after])
