"""Makes text safe, a column at a time: clean columns cost one scan, only dirty rows are rewritten.

All functions keep nulls as nulls and the length as it is. None of them loops over rows in Python,
apart from the repair of bytes that are no UTF-8, which no warehouse hands out.
"""

import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

# Unicode category Cc, as RE2 writes it.
CONTROL = r"[\x00-\x1f\x7f-\x{9f}]"

_NOT_UTF8 = re.compile(
    rb"((?:[\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]"
    rb"|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}"
    rb"|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})+)"
    rb"|\xed[\xa0-\xbf][\x80-\xbf]|."
    rb"",
    re.DOTALL,
)


def as_strings(column: pa.Array) -> pa.StringArray:
    """The column as plain `string`, whatever text type it has (large, view, dictionary, JSON)."""
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column if column.type == pa.string() else column.cast(pa.string())


def spans(column: pa.StringArray) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Where each row begins (one more than rows, counted from 0) and the bytes, not copied."""
    _, offsets, data = column.buffers()
    if offsets is None or len(column) == 0:
        return np.zeros(len(column) + 1, np.int32), np.zeros(0, np.uint8)
    rows = np.frombuffer(offsets, np.int32, len(column) + 1, 4 * column.offset)
    if data is None or rows[0] == rows[-1]:
        return np.zeros(len(column) + 1, np.int32), np.zeros(0, np.uint8)
    found = np.frombuffer(data, np.uint8)[rows[0] : rows[-1]]
    return (rows - rows[0] if rows[0] else rows), found


def holds_any(column: pa.StringArray, letters: bytes) -> bool:
    """Whether any of these ASCII bytes occurs anywhere in the column; one scan a byte."""
    data = spans(column)[1]
    return any(bool((data == letter).any()) for letter in letters)


def clean(column: pa.StringArray) -> pa.StringArray:
    """Control characters (Unicode category Cc) and what is no UTF-8 (lone surrogates) become ?."""
    if not needs_cleaning(column):
        return column
    return pc.replace_substring_regex(valid_utf8(column, "?"), CONTROL, "?")


def needs_cleaning(column: pa.StringArray) -> bool:
    """False only when the column is known to be clean; plain ASCII is found clean in two scans."""
    data = spans(column)[1]
    if data.size == 0:
        return False
    if data.min() < 0x20:
        return True
    if data.max() < 0x7F:
        return False
    after_c2 = np.flatnonzero(data[:-1] == 0xC2) + 1
    if (data == 0x7F).any() or (data[after_c2] < 0xA0).any():
        return True
    return not _is_utf8(column)


def valid_utf8(column: pa.StringArray, instead: str) -> pa.StringArray:
    """The column with `instead` for every byte (or encoded surrogate) that is no UTF-8."""
    if _is_utf8(column):
        return column
    by = instead.encode()
    values = column.cast(pa.binary()).to_pylist()
    good = [v and _NOT_UTF8.sub(lambda found: found[1] or by, v) for v in values]
    return pa.array(good, pa.binary()).cast(pa.string())


def _is_utf8(column: pa.StringArray) -> bool:
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def json_escaped(column: pa.StringArray) -> pa.StringArray:
    """The inside of a JSON string, without its quotes; the text must be clean."""
    if holds_any(column, b"\\"):
        column = pc.replace_substring(column, "\\", "\\\\")
    return pc.replace_substring(column, '"', '\\"') if holds_any(column, b'"') else column


def xml_escaped(column: pa.StringArray) -> pa.StringArray:
    """Text for XML elements: & < > as entities, U+FFFE and U+FFFF as ?; the text must be clean."""
    for letter, entity in ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"):
        if holds_any(column, letter.encode()):
            column = pc.replace_substring(column, letter, entity)
    data = spans(column)[1]
    if data.size and data.max() >= 0xEF:
        column = pc.replace_substring_regex(column, r"[\x{fffe}\x{ffff}]", "?")
    return column


def join(*parts: pa.StringArray | str) -> pa.StringArray:
    """The parts of each row end to end; a null part counts as empty text."""
    merged: list[pa.StringArray | str] = []
    for part in parts:  # constants side by side become one: each argument costs time a row
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return pc.binary_join_element_wise(*_typed(*merged, ""), null_handling="skip")


def whole(*parts: pa.StringArray | str) -> pa.StringArray:
    """The parts of each row end to end; null where any part is null."""
    return pc.binary_join_element_wise(*_typed(*parts, ""))


def wrapped(before: str, column: pa.StringArray, after: str) -> pa.StringArray:
    """`before` + value + `after`, null where the value is null."""
    return whole(before, column, after)


def _typed(*parts: pa.StringArray | str) -> Iterator[pa.StringArray | pa.StringScalar]:
    # Arrow infers the type of an untyped constant anew each time, at 50 microseconds.
    return (pa.scalar(part, pa.string()) if isinstance(part, str) else part for part in parts)
