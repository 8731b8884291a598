"""Lays profile properties and communication preferences out as top-level members of a line."""

import json
import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.formats.json_members import joined, members

_FIRST = ("Gender", "DOB", "Photo")
_FIXED = re.compile(
    r"(?:props\.)*(?:identity|all_identities|objectId|device|subscriptionGroups|deleted"
    r"|Email|Phone|Name|MSG-.*)",
    re.DOTALL,
)


def profile_property(name: str) -> str:
    """A property's key in a profile: `props.` stands before a name that would meet a fixed key.

    It does so again before a name that looks like such a one, so that no two of them meet.
    """
    return f"props.{name}" if _FIXED.fullmatch(name) else name


def property_members(column: pa.StringArray) -> pa.StringArray:
    """`,"key":value` for every property: Gender, DOB, Photo, then the others sorted."""

    def place(name: str) -> tuple[int, str]:
        return (_FIRST.index(name) if name in _FIRST else len(_FIRST)), name

    return _members(column, profile_property, place)


def preference_members(column: pa.StringArray) -> pa.StringArray:
    """`,"MSG-key":value` for every communication preference, sorted."""

    def renamed(name: str) -> str:
        return name if name.startswith("MSG-") else f"MSG-{name}"

    return _members(column, renamed, lambda name: (0, name))


def _members(
    column: pa.StringArray, renamed: Callable[[str], str], place: Callable[[str], tuple[int, str]]
) -> pa.StringArray:
    if column.null_count == len(column):
        return pa.nulls(len(column), pa.string())
    found = members(column)
    # Names repeat from row to row: each distinct one is looked at once.
    names = found.names.dictionary_encode()
    keys = [renamed(json.loads(name)) for name in names.dictionary.to_pylist()]
    order = sorted(range(len(keys)), key=lambda at: place(keys[at]))
    ranks = np.empty(len(keys), np.int64)
    ranks[order] = np.arange(len(keys))
    which = names.indices.to_numpy()
    sorting = pa.array(np.lexsort((ranks[which], found.rows)))
    texts = pa.array([f",{json.dumps(key, ensure_ascii=False)}:" for key in keys], pa.string())
    entries = pc.binary_join_element_wise(texts.take(names.indices), found.values, "")
    return joined(found.rows, entries.take(sorting), len(column), "")
