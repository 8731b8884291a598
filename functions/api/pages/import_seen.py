"""What the form of an import knows of its source; it goes along in the form from step to step."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from shared.domain.import_columns import USUAL_TYPE, FieldType
from shared.domain.import_mapping import PROPERTIES_MAX, Mapping
from shared.domain.import_specs import SourceQuery
from shared.jobs.look_at_source import SourcePreview

# A table may have 10,000 columns, a form that people use has not: others are added by name.
COLUMNS_SHOWN = PROPERTIES_MAX
# The first ones, those of a mapping wherever they stand, and others that are added.
COLUMNS_MAX = 3 * COLUMNS_SHOWN
_EXAMPLE_CHARS = 60


@dataclass(frozen=True, slots=True)
class Column:
    """One column that the form shows, and what its property usually becomes."""

    name: str
    # Its type in the warehouse's own word; empty where nobody looked.
    shown: str = ""
    type: str = str(FieldType.STRING)
    example: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """Columns of the source that were seen; `key` stands for the source that has them."""

    key: str = ""
    total: int = 0
    columns: tuple[Column, ...] = ()
    # Whether somebody looked into the source, or only a mapping is known.
    looked: bool = False

    @property
    def names(self) -> list[str]:
        """Each name once, to choose from."""
        return list(dict.fromkeys(column.name for column in self.columns))

    @property
    def more(self) -> int:
        """How many columns are not shown."""
        return max(self.total - len(self.names), 0)

    def to_text(self) -> str:
        """For a hidden field."""
        rows = [[each.name, each.shown, each.type, each.example] for each in self.columns]
        parts = [self.key, self.total, rows, self.looked]
        return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))

    def with_columns(self, names: Iterable[str]) -> "Seen":
        """These as well, at the end; how they are shown is not known."""
        new = tuple(Column(name) for name in names if name)
        return replace(self, columns=(self.columns + new)[:COLUMNS_MAX])


def key_of(connection_id: int, query: SourceQuery) -> str:
    """Stands for a source: another one has other columns."""
    text = json.dumps([connection_id, query.table, query.sql])
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def seen_in(text: str) -> Seen:
    """What `to_text` wrote; nothing seen for anything else, and then somebody looks again."""
    try:
        key, total, rows, looked = json.loads(text)
        columns = tuple(
            Column(str(name), str(shown), str(FieldType(kind)), str(example))
            for name, shown, kind, example in rows[:COLUMNS_MAX]
        )
        return Seen(str(key), int(total), columns, looked is True)
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError):
        return Seen()


def seen_of(preview: SourcePreview, key: str, wanted: Sequence[str] = ()) -> Seen:
    """The first columns, and those that are wanted wherever they stand."""
    first = preview.rows[0] if preview.rows else ()
    kept = [
        Column(
            each.name,
            each.shown or str(each.kind),
            str(USUAL_TYPE[each.kind]),
            (first[at] or "")[:_EXAMPLE_CHARS] if at < len(first) else "",
        )
        for at, each in enumerate(preview.columns)
        if at < COLUMNS_SHOWN or each.name in wanted
    ]
    return Seen(key, len(preview.columns), tuple(kept[:COLUMNS_MAX]), looked=True)


def seen_of_mapping(mapping: Mapping, key: str) -> Seen:
    """What a mapping alone tells of the columns, without a look."""
    columns = tuple(Column(name) for name in mapping.columns)
    return Seen(key, len(columns), columns)
