"""Takes a column of JSON objects apart into their members, and puts members together again."""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.formats.json_text import STRING
from shared.formats.text import json_escaped, spans

_OPEN, _MIDDLE, _CLOSE = "\x03", "\x01", "\x02"  # clean text holds none of them
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}:\[\],]')
_DEPTH = 6  # values nested deeper than this are found by hand


def _nested(depth: int) -> str:
    inner = f"|{_nested(depth - 1)}" if depth else ""
    return rf'[\[{{](?:[^\[\]{{}}"]|{STRING}{inner})*[\]}}]'


_MEMBER = (
    rf'(?:^\{{ *)?({STRING}) *: *({STRING}|{_nested(_DEPTH)}|[^\[\]{{}}", ]+) *,? *(?:\}}$)?'
)


@dataclass(frozen=True, slots=True)
class Members:
    """The members of all objects of a column, in order."""

    rows: npt.NDArray[np.intp]  # the row of each member
    names: pa.StringArray  # as JSON text, in quotes
    values: pa.StringArray  # as JSON text


def members(column: pa.StringArray) -> Members:
    """The members of these clean, strict objects; a null row has none."""
    marked = pc.replace_substring_regex(
        column, _MEMBER, rf"{_OPEN}\1{_MIDDLE}\2{_CLOSE}"
    ).fill_null("{}")
    deep = ~_taken_apart(marked)
    if deep.any():
        by_hand = [_by_hand(text) for text in column.filter(pa.array(deep)).to_pylist()]
        marked = pc.replace_with_mask(marked, pa.array(deep), pa.array(by_hand, pa.string()))
    starts, data = spans(marked)
    first, middle, last = (np.flatnonzero(data == ord(m)) for m in (_OPEN, _MIDDLE, _CLOSE))
    edges = np.empty(4 * first.size + 1, np.int32)
    edges[0:-1:4], edges[1::4], edges[2::4], edges[3::4] = first + 1, middle, middle + 1, last
    edges[-1] = data.size
    pieces = pa.StringArray.from_buffers(len(edges) - 1, pa.py_buffer(edges), pa.py_buffer(data))
    which = np.arange(first.size) * 4
    return Members(
        np.searchsorted(starts, first, side="right") - 1,
        pieces.take(pa.array(which)),
        pieces.take(pa.array(which + 2)),
    )


def _taken_apart(marked: pa.StringArray) -> npt.NDArray[np.bool_]:
    """Which rows are nothing but members, one behind the other, or an empty object."""
    pattern = rf"^(?:\{{ *\}}|(?:{_OPEN}[^{_CLOSE}]*{_CLOSE})+)$"
    found: npt.NDArray[np.bool_] = pc.match_substring_regex(marked, pattern).to_numpy(False)
    return found


def _by_hand(text: str) -> str:
    found: list[str] = []
    depth, name, value_at = 0, "", 0
    last = ""
    for token in _TOKEN.finditer(text):
        sign = token[0]
        depth -= sign in ("}", "]")
        if depth == 1 and sign == ":":
            name, value_at = last, token.end()
        elif name and ((depth == 1 and sign == ",") or depth == 0):
            value = text[value_at : token.start()].strip(" ")
            found.append(f"{_OPEN}{name}{_MIDDLE}{value}{_CLOSE}")
            name = ""
        depth += sign in ("{", "[")
        last = sign
    return "".join(found) or "{}"


def as_json_strings(values: pa.StringArray) -> pa.StringArray:
    """JSON values as JSON strings: true as "true", [1] as "[1]"; strings and null stay."""
    stay = pc.match_substring_regex(values, '^(?:"|null$)')
    quoted = pc.binary_join_element_wise('"', json_escaped(values), '"', "")
    return pc.if_else(stay, values, quoted)


def joined(
    rows: npt.NDArray[np.intp], texts: pa.StringArray, count: int, separator: str = ","
) -> pa.StringArray:
    """The texts of each of the `count` rows end to end; "" for a row without any."""
    ends = np.cumsum(np.bincount(rows, minlength=count), dtype=np.int32)
    lists = pa.ListArray.from_arrays(np.concatenate([np.zeros(1, np.int32), ends]), texts)
    return pc.binary_join(lists, separator)


def json_arrays(column: pa.ListArray) -> pa.StringArray:
    """Lists of clean texts as JSON arrays; null stays null."""
    if column.null_count == len(column):
        return pa.nulls(len(column), pa.string())
    quoted = pc.binary_join_element_wise('"', json_escaped(column.flatten()), '"', "")
    rows = pc.list_parent_indices(column).to_numpy()
    arrays = pc.binary_join_element_wise("[", joined(rows, quoted, len(column)), "]", "")
    return pc.if_else(column.is_valid(), arrays, pa.scalar(None, pa.string()))


def with_string_values(column: pa.StringArray) -> pa.StringArray:
    """The objects with every value of theirs a string, the names and their order as they are."""
    if column.null_count == len(column):
        return column
    found = members(column)
    texts = pc.binary_join_element_wise(found.names, as_json_strings(found.values), ":")
    inside = joined(found.rows, texts, len(column))
    objects = pc.binary_join_element_wise("{", inside, "}", "")
    return pc.if_else(column.is_valid(), objects, pa.scalar(None, pa.string()))
