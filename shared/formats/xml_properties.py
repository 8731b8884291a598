"""Writes the property column of a batch as XML entries around which the rest of the row stands."""

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from shared.formats import properties
from shared.formats.text import holds_any, join, wrapped, xml_escaped
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
        before: pa.StringArray,
        column: pa.StringArray,
        tags: tuple[str, str],
        after: pa.StringArray,
    ) -> pa.StringArray:
        """`before`, the entries within `tags`, `after`; no tags where the column is null."""
        if column.null_count == len(column):
            return join(before, after)
        rows = self._alike_rows(before, column, tags, after) if self._alike else None
        if rows is not None:
            return rows
        found = properties.entries(column, self._order)
        complete = len(found.values) == len(column) * len(found.names)
        few = 0 < len(found.names) <= properties.NAMES_MAX
        self._alike = found.names if complete and few else ()
        inner = written(found, self._tags, xml_escaped(found.values))
        present = pc.if_else(column.is_valid(), inner, pa.scalar(None, pa.string()))
        return join(before, wrapped(tags[0], present, tags[1]), after)

    def _tags(self, name: str) -> Tags:
        return entry_tags(self._label(name))

    def _alike_rows(
        self,
        before: pa.StringArray,
        column: pa.StringArray,
        tags: tuple[str, str],
        after: pa.StringArray,
    ) -> pa.StringArray | None:
        """The same within one query, in half the time; None when a row is not like the others."""
        if column.null_count or _has_unicode_escapes(column):
            return None
        # Escaped before it is parsed: markup can only stand inside of JSON's strings, and like
        # this a batch without any costs one scan. \u escapes alone could hide some.
        found = properties.query(
            self._alike_query(tags), before=before, p=xml_escaped(column), after=after
        )
        total = len(self._alike) * len(column)
        everywhere = pc.min(found["n"]).as_py() == len(self._alike)
        if everywhere and properties.holds_only(column, self._alike, total):
            return found["x"]
        return None

    def _alike_query(self, tags: tuple[str, str]) -> str:
        """Texts `x`, right for rows with all of the names, and how many values are present."""
        pieces = ["before"]
        between = tags[0]
        for place, name in enumerate(self._alike):
            start, end, _ = self._tags(name)
            pieces += [properties.literal(between + start), f"v[{place + 1}]"]
            between = end
        pieces += [properties.literal(between + tags[1]), "after"]
        pointers = (properties.pointer(escaped(name)) for name in self._alike)
        paths = ", ".join(map(properties.literal, pointers))
        return (
            f"SELECT concat({', '.join(pieces)}) AS x, list_count(v) AS n FROM (SELECT before,"
            f" after, json_extract_string(p, [{paths}]::VARCHAR[]) AS v FROM batch)"
        )


def _has_unicode_escapes(column: pa.StringArray) -> bool:
    return bool(holds_any(column, b"\\") and pc.any(pc.match_substring(column, "\\u")).as_py())
