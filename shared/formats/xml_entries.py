"""Writes the properties of JSON objects as XML entries or elements, a row's text at a time."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from shared.formats import properties
from shared.formats.text import xml_escaped

# What stands before a value, after it, and in place of both when the value is null.
Tags: TypeAlias = tuple[str, str, str]
TagsOf: TypeAlias = Callable[[str], Tags]

# The names that every edition of XML 1.0, and so every parser, takes for an element.
_ELEMENT = re.compile(r"(?!(?i:xml))[A-Za-z_][A-Za-z0-9._-]*")


def entry_tags(name: str) -> Tags:
    """The tags of a property that is written as an <entry>."""
    start = f"<entry><key>{escaped(name)}</key>"
    return f"{start}<value>", "</value></entry>", f"{start}<value/></entry>"


def element_tags(name: str) -> Tags:
    """The tags of a property that is written as an element, or as an <entry> if it cannot be."""
    if _ELEMENT.fullmatch(name):
        return f"<{name}>", f"</{name}>", f"<{name}/>"
    return entry_tags(name)


def once_each(column: pa.StringArray, tags: TagsOf, *, nested: bool = False) -> pa.StringArray:
    """Every property of each row, end to end, null where the row is null.

    For columns such as devices, in which the same objects come again and again: each is written
    once. `nested` writes objects within the objects likewise, instead of as JSON text.
    """
    if column.null_count == len(column):
        return column
    known = column.dictionary_encode()
    found = properties.entries(known.dictionary, kinds=nested)
    values = xml_escaped(found.values)
    if nested:
        inner = pc.equal(found.kinds, "OBJECT")
        if pc.any(inner).as_py():
            objects = once_each(found.values.filter(inner), tags)
            values = pc.replace_with_mask(values, inner, objects)
    return written(found, tags, values).take(known.indices)


def written(found: properties.Entries, tags: TagsOf, values: pa.StringArray) -> pa.StringArray:
    """The entries of each row, end to end; `values` are theirs, escaped."""
    of_names = [tags(name) for name in found.names]
    starts, ends, empties = ([of_name[part] for of_name in of_names] for part in range(3))
    ranks = pa.array(found.ranks)
    start = pa.array(starts, pa.string()).take(ranks)
    end = ends[0] if len(set(ends)) == 1 else pa.array(ends, pa.string()).take(ranks)
    if values.null_count:
        missing = values.is_null()
        start = pc.if_else(missing, pa.array(empties).take(ranks), start)
        end = pc.if_else(missing, "", end)
    return properties.laid(start, values, end, found.offsets)


@lru_cache(maxsize=4096)  # names come again with every batch
def escaped(text: str) -> str:
    """One text, fit to stand in an element."""
    return str(xml_escaped(pa.array([text], pa.string()))[0])
