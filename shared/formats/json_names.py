r"""Keeps property names apart that become equal once their control characters are ?.

Of the names of one object that meet, the first in sort order keeps the clean form; every later one
gets `~` and 8 hex digits of the SHA-256 of its raw name.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

_STRING = r'"(?:[^"\\]|\\(?s:.))*"'
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}:\[\],]', re.DOTALL)
_DIRTY = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def distinct_names(raw_names: Iterable[str]) -> dict[str, str]:
    """The names of one object, each raw name with the name that files show."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for raw in sorted(set(raw_names)):
        name = form = _DIRTY.sub("?", raw)
        digest = hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()
        for digits in range(8, len(digest) + 1):
            if name not in taken:
                break
            name = f"{form}~{digest[:digits]}"
        found[raw] = name
        taken.add(name)
    return found


def shown_name(raw: str) -> str:
    """A property name as files show it where it meets no other: control characters as `?`."""
    return _DIRTY.sub("?", raw)


def names_apart(column: pa.StringArray) -> pa.StringArray:
    """JSON texts without line breaks between tokens, in which no two names meet when cleaned.

    Only the shapes (the text without its values) are looked at one by one, of which a column has
    few, and then the rows in which names really meet.
    """
    shapes = pc.replace_substring_regex(
        column, rf'({_STRING})([ \t\r\n]*:)|{_STRING}|[^\[\]{{}},:"]+', r"\1\2"
    ).dictionary_encode()
    met = pa.array([_apart(shape) != shape for shape in shapes.dictionary.to_pylist()], pa.bool_())
    where = met.take(shapes.indices)
    if not pc.any(where).as_py():
        return column
    apart = [_apart(text) for text in column.filter(where).to_pylist()]
    return pc.replace_with_mask(column, where, pa.array(apart, pa.string()))


def _apart(text: str) -> str:
    """The text with the later of the names that meet replaced; as it is when it is no JSON."""
    changes: list[tuple[int, int, str]] = []
    for keys in _objects(text):
        if len(keys) > 1:
            try:
                raw = [json.loads(text[start:stop], strict=False) for start, stop in keys]
            except ValueError:
                return text
            names = distinct_names(raw)
            for (start, stop), key in zip(keys, raw, strict=True):
                if names[key] != _DIRTY.sub("?", key):
                    changes.append((start, stop, json.dumps(names[key], ensure_ascii=False)))
    for start, stop, name in sorted(changes, reverse=True):
        text = text[:start] + name + text[stop:]
    return text


def _objects(text: str) -> Iterator[list[tuple[int, int]]]:
    """For every object in the text, however deep, where its keys stand."""
    open_objects: list[list[tuple[int, int]]] = [[]]
    last = (0, 0)
    for token in _TOKEN.finditer(text):
        match token[0]:
            case "{" | "[":
                open_objects.append([])
            case "}" | "]":
                yield open_objects.pop() if len(open_objects) > 1 else []
            case ":":
                open_objects[-1].append(last)
            case _:
                last = token.span()
