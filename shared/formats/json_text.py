r"""Makes a column of JSON text strict: one object a row, on one line, without control characters.

Most rows are spliced into the files as they came; only the rows in which `json_scan` finds
something are rewritten here, all at once, by regular expressions over Arrow columns.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.formats.json_names import names_apart
from shared.formats.json_scan import suspicious
from shared.formats.properties import query
from shared.formats.text import CONTROL, holds_any, needs_cleaning, spans, valid_utf8

Mask = npt.NDArray[np.bool_]

STRING = r'"(?:[^"\\]|\\(?s:.))*"'
# Stand-ins while a text is rewritten; its own control characters are gone by then.
_BACKSLASHES, _PAIR, _NUMBER, _CONTROL = "\x01", "\x02", "\x03", "\x04"
_HEX = "[0-9a-fA-F]"
_SURROGATES = rf"\\(u[dD][89abAB]{_HEX}{{2}})\\(u[dD][c-fC-F]{_HEX}{{2}})"
_ESCAPED = rf"\\(?:[bfnrt]|u00(?:[01]{_HEX}|7[fF]|[89]{_HEX})|u[dD][89a-fA-F]{_HEX}{{2}})"
_CHANGED_KEY = rf'{_CONTROL}(?:[^"\\]|\\.)*" *:'
_NO_NUMBER = r"-?(?i:nan|infinity|inf)"
_TRAILING_COMMA = r", *([}\]])"


def strict_objects(column: pa.StringArray, *, trusted: bool) -> tuple[pa.StringArray, Mask]:
    """The column with every object strict, and which rows are something else (null there).

    A missing value and the text `null` are null and no fault. `trusted` says that the warehouse
    has parsed the text (a column of type JSON), so that only what a lenient parser lets pass is
    looked for: NaN, Infinity and trailing commas. Otherwise every row is parsed once more here.
    """
    dirty = _dirty(column)
    if dirty.any():
        column = pc.replace_with_mask(column, pa.array(dirty), _rewritten(_rows(column, dirty)))
    present = column.is_valid().to_numpy(zero_copy_only=False)
    doubtful = present & dirty if trusted else present
    bad = np.zeros(len(column), np.bool_)
    if doubtful.any():
        bad[doubtful] = ~_are_objects(_rows(column, doubtful))
    if bad.any():
        column = pc.if_else(pa.array(bad), pa.scalar(None, pa.string()), column)
    return (_without_trailing_commas(column) if dirty.any() else column), bad


def _rows(column: pa.StringArray, mask: Mask) -> pa.StringArray:
    return column if mask.all() else column.filter(pa.array(mask))


def _dirty(column: pa.StringArray) -> Mask:
    """Which rows have to be rewritten, or may have to."""
    rows, data = spans(column)
    dirty = np.zeros(len(column), np.bool_)
    if data.size:
        places, ascii_only = suspicious(data)
        dirty[np.searchsorted(rows, places, side="right") - 1] = True
        dirty |= data[np.minimum(rows[:-1], data.size - 1)] != ord("{")
        dirty |= data[np.maximum(rows[1:], 1) - 1] != ord("}")
        dirty |= not ascii_only and valid_utf8(column, "?") is not column
    dirty |= rows[1:] == rows[:-1]
    present: Mask = column.is_valid().to_numpy(zero_copy_only=False)
    return dirty & present


def _rewritten(column: pa.StringArray) -> pa.StringArray:
    """All of the cleaning but trailing commas, which the check for validity still needs to see."""
    text = _on_one_line(valid_utf8(column, "\x00"))
    marked = _marked(text)
    if holds_any(marked, _CONTROL.encode()) and pc.any(
        renamed := pc.match_substring_regex(marked, _CHANGED_KEY)
    ):
        apart = names_apart(text.filter(renamed))
        marked = _marked(pc.replace_with_mask(text, renamed, apart))
    text = _swapped(_swapped(marked, _CONTROL, "?"), _PAIR, "\\")
    text = _without_nan(_swapped(text, _BACKSLASHES, "\\\\"))
    return pc.if_else(
        pc.equal(text, pa.scalar("null", pa.string())), pa.scalar(None, pa.string()), text
    )


def _on_one_line(column: pa.StringArray) -> pa.StringArray:
    """Without white space between tokens, if there is any but the plain space."""
    column = pc.ascii_trim(column, " \t\r\n")
    if not needs_cleaning(column):
        return column
    return pc.replace_substring_regex(column, rf"({STRING})|[ \t\r\n]+", r"\1")


def _marked(column: pa.StringArray) -> pa.StringArray:
    """With one mark for each control character or lone surrogate, raw or escaped."""
    if needs_cleaning(column):
        column = pc.replace_substring_regex(column, CONTROL, _CONTROL)
    if not holds_any(column, b"\\"):
        return column
    column = pc.replace_substring(column, "\\\\", _BACKSLASHES)
    column = pc.replace_substring_regex(column, _SURROGATES, rf"{_PAIR}\1{_PAIR}\2")
    return pc.replace_substring_regex(column, _ESCAPED, _CONTROL)


def _swapped(column: pa.StringArray, mark: str, text: str) -> pa.StringArray:
    return pc.replace_substring(column, mark, text) if holds_any(column, mark.encode()) else column


def _without_nan(column: pa.StringArray) -> pa.StringArray:
    if not pc.any(pc.match_substring_regex(column, _NO_NUMBER)).as_py():
        return column
    column = pc.replace_substring_regex(column, f"({STRING})|{_NO_NUMBER}", rf"\1{_NUMBER}")
    column = pc.replace_substring(column, f'"{_NUMBER}', '"')
    return pc.replace_substring(column, _NUMBER, "null")


def _without_trailing_commas(column: pa.StringArray) -> pa.StringArray:
    some = pc.match_substring_regex(column, _TRAILING_COMMA).fill_null(False)
    if not pc.any(some).as_py():
        return column
    rows = column.filter(some)
    fixed = pc.replace_substring_regex(rows, f"({STRING})|{_TRAILING_COMMA}", r"\1\2")
    return pc.replace_with_mask(column, some, fixed)


def _are_objects(column: pa.StringArray) -> Mask:
    sql = "SELECT json_valid(text) AND starts_with(text, '{') AS good FROM batch"
    good: Mask = query(sql, text=column)["good"].to_numpy(zero_copy_only=False)
    return good
