"""Lays profile properties and communication preferences out as top-level members of a line."""

import hashlib
import json
import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from shared.formats.frame import FROM_COLUMNS, profile_order
from shared.formats.json_members import joined, members
from shared.formats.text import whole

_FIXED = re.compile(
    r"(?:props\.)*(?:identity|all_identities|objectId|device|subscriptionGroups|deleted|MSG-.*"
    rf"|{'|'.join(FROM_COLUMNS)})"
)


def property_members(column: pa.StringArray) -> pa.StringArray:
    """`,"key":value` for every property: Gender, DOB, Photo, then the others sorted."""
    return _members(column, _property_key, profile_order)


def preference_members(column: pa.StringArray) -> pa.StringArray:
    """`,"MSG-key":value` for every communication preference, sorted."""
    return _members(column, _preference_key, lambda key: (0, key))


def _property_key(name: str) -> str:
    # A name that looks like the result moves on as well, so that no two properties meet.
    return f"props.{name}" if _FIXED.fullmatch(name) else name


def _preference_key(name: str) -> str:
    return name if name.startswith("MSG-") else f"MSG-{name}"


def _members(
    column: pa.StringArray, key_of: Callable[[str], str], place: Callable[[str], tuple[int, str]]
) -> pa.StringArray:
    if column.null_count == len(column):
        return pa.nulls(len(column), pa.string())
    found = members(column)
    # Names repeat from row to row: each distinct one is looked at once.
    coded = found.names.dictionary_encode()
    names = [json.loads(name) for name in coded.dictionary.to_pylist()]
    keys = [key_of(name) for name in names]
    ordered = sorted(range(len(names)), key=lambda at: (place(keys[at]), names[at]))
    ranks = np.empty(len(names), np.int64)
    ranks[ordered] = np.arange(len(names))
    which = coded.indices.to_numpy()
    sorting = np.lexsort((ranks[which], found.rows))
    rows, which = found.rows[sorting], which[sorting]
    if len(set(keys)) < len(keys):
        _, same = np.unique(keys, return_inverse=True)
        meets = (rows[1:] == rows[:-1]) & (same[which[1:]] == same[which[:-1]])
        which[1:][meets] += len(keys)
    starts = [*keys, *map(_hashed, keys, names)]
    texts = pa.array(
        [f",{json.dumps(start, ensure_ascii=False)}:" for start in starts], pa.string()
    )
    entries = whole(texts.take(pa.array(which)), found.values.take(pa.array(sorting)))
    return joined(rows, entries, len(column), "")


def _hashed(key: str, name: str) -> str:
    """The key of a member whose own key another one of the row has, earlier in sort order."""
    return f"{key}~{hashlib.sha256(name.encode()).hexdigest()[:8]}"
