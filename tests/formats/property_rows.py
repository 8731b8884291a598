"""Properties as customers send them, and the text that files without types show of them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import strategies as st

from shared.formats.schema import schema_of

# Everything that a file shows as it is; what cleaning does to the rest has tests of its own.
CLEAN = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=12)
TRICKY = st.sampled_from(
    ["", " ", ",", '"', '""', "a,b", "'", "=1+1", "&lt;", "<b>", "]]>", "\\", "\\n", "null", "true"]
)
TEXT = CLEAN | TRICKY
NUMBERS = st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.none() | st.booleans() | NUMBERS | TEXT
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
)
PROPERTIES = st.dictionaries(TEXT, VALUES, max_size=6)


def as_json(properties: Mapping[str, Any]) -> str:
    """The JSON text of a column, with every script as it is."""
    return json.dumps(properties, ensure_ascii=False)


def schema_for(rows: Iterable[Mapping[str, Any] | None]) -> dict[str, str]:
    """The schema that a warehouse would report for these rows."""
    types: dict[str, set[str]] = {}
    for row in rows:
        for name, value in (row or {}).items():
            types.setdefault(name, set()).add(_type(value))
    return schema_of(types)


def same(value: Any, text: str | None) -> bool:
    """Whether the text of a cell stands for the value; None is a missing cell."""
    if value is None or text is None:
        return value is None and text is None
    if isinstance(value, str):
        return text == value
    if isinstance(value, bool | list | dict):
        return bool(json.loads(text) == value)
    return text == str(value) if isinstance(value, int) else float(text) == value


def _type(value: Any) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return "BOOLEAN"
        case int():
            wide = "WIDE" if -(2**63) <= value < 2**63 else "HUGEINT"
            return "BIGINT" if abs(value) <= 2**53 else wide
        case float():
            return "DOUBLE"
        case str():
            return "VARCHAR"
        case list():
            return "ARRAY"
        case _:
            return "OBJECT"
