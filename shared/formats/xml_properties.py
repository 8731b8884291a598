"""Writes the property column of a batch as XML entries, with the rest of each row around them."""

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from shared.formats import properties
from shared.formats.pieces import Piece, joined
from shared.formats.text import spans, wrapped, xml_escaped
from shared.formats.xml_entries import Tags, entry_tags, escaped, written


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
        """The same within one query, in half the time; None when a row is not like the others."""
        text = spans(column)[1].tobytes()
        if column.null_count or rb"\u" in text:
            return None
        # Escaped before it is parsed: markup can only stand inside of JSON's strings, and like
        # this a batch without any costs one scan. \u escapes alone could hide some.
        marked = any(letter in text for letter in (b"&", b"<", b">", b"\xef"))
        columns = {"p": xml_escaped(column) if marked else column}
        start, end = _in_sql(before, columns), _in_sql(after, columns)
        parts = ", ".join([*start, *self._values_in_sql(tags), *end])
        names = (properties.pointer(escaped(name)) for name in self._alike)
        paths = ", ".join(map(properties.literal, names))
        found = properties.query(
            f"SELECT concat({parts}) AS x, list_count(v) AS n FROM"
            f" (SELECT *, json_extract_string(p, [{paths}]::VARCHAR[]) AS v FROM batch)",
            **columns,
        )
        total = len(self._alike) * len(column)
        everywhere = pc.min(found["n"]).as_py() == len(self._alike)
        if everywhere and properties.holds_only(column, self._alike, total):
            return found["x"]
        return None

    def _values_in_sql(self, tags: tuple[str, str]) -> list[str]:
        """The entries of a row that has all of the names, as arguments of `concat`."""
        parts, between = [], tags[0]
        for place, name in enumerate(self._alike):
            start, end, _ = self._tags(name)
            parts += [properties.literal(between + start), f"v[{place + 1}]"]
            between = end
        return [*parts, properties.literal(between + tags[1])]


def _in_sql(pieces: Sequence[Piece], columns: dict[str, pa.Array]) -> list[str]:
    """The pieces as arguments of `concat`; those that are columns join `columns`."""
    parts = []
    for piece in pieces:
        if isinstance(piece, str):
            parts.append(properties.literal(piece))
        else:
            parts.append(f"c{len(columns)}")
            columns[parts[-1]] = piece
    return parts
