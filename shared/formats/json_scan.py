"""Finds, in a column's raw bytes, where JSON text may not be strict; clean text is never touched.

The bytes are looked at in pieces that stay in the processor's cache, with a handful of vectorised
comparisons each. Finding too much is harmless (those rows are rewritten to what they were);
finding too little is not.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.intp]

_PIECE = 1 << 16


def suspicious(data: Bytes) -> tuple[Places, bool]:
    """Places of control characters, also escaped, of NaN and Infinity, and of trailing commas.

    And whether all bytes are ASCII, since the same look at them tells.
    """
    found: list[Places] = []
    highest = 0
    for start in range(0, data.size, _PIECE):
        # One byte more on each side, so that pairs across the edge are seen.
        first = max(start - 1, 0)
        piece = data[first : start + _PIECE + 1]
        top = int(piece.max())
        highest = max(highest, top)
        found += (first + places for places in _controls(piece, top))
        maybe = np.flatnonzero(piece == ord("\\"))
        if maybe.size:
            found.append(_escapes(data, first + maybe))
        maybe = np.flatnonzero(_words_and_closings(piece))
        if maybe.size:
            found.append(_after_structure(data, first + 1 + maybe))
    return (np.concatenate(found) if found else np.zeros(0, np.intp)), highest < 0x80


def _controls(piece: Bytes, top: int) -> Iterator[Places]:
    if piece.min() < 0x20:
        yield np.flatnonzero(piece < 0x20)
    if top >= 0x7F:
        yield np.flatnonzero(piece == 0x7F)
        yield np.flatnonzero((piece[:-1] == 0xC2) & (piece[1:] < 0xA0))


def _escapes(data: Bytes, at: Places) -> Places:
    r"""Those of these backslashes that may begin a control character or a surrogate."""
    letter = _at(data, at + 1)
    short = np.isin(letter, np.frombuffer(b"bfnrt", np.uint8))
    first, second, third, fourth = (_at(data, at + place) | 0x20 for place in (2, 3, 4, 5))
    zeros = (first == 0x30) & (second == 0x30)
    control = zeros & (np.isin(third, np.frombuffer(b"0189", np.uint8)) | ((third == 0x37) & (fourth == 0x66)))
    surrogate = (first == 0x64) & ((second >= 0x61) | (second == 0x38) | (second == 0x39))
    return at[short | ((letter == 0x75) & (control | surrogate))]


def _words_and_closings(piece: Bytes) -> npt.NDArray[np.bool_]:
    """Whether at byte k+1 "na" or "in" begins or a } or ] stands, and byte k can come before."""
    low = piece | 0x20
    n = low == 0x6E
    word = (n[1:-1] & (low[2:] == 0x61)) | ((low[1:-1] == 0x69) & n[2:])
    before = piece[:-2]
    unquoted = before != 0x22
    word &= before < 0x5C
    word |= (low[1:-1] == 0x7D) & (before <= 0x2C)
    word &= unquoted
    return word


def _after_structure(data: Bytes, at: Places) -> Places:
    """Those of these places that follow on : , or [, over spaces and a minus sign."""
    closing = (data[at] | 0x20) == 0x7D
    before = at - 1
    before = before - (_at(data, before) == 0x2D)
    for _ in range(4):
        before = before - (_at(data, before) == 0x20)
    last = _at(data, before)
    structure = np.isin(last, np.frombuffer(b" ,:[", np.uint8))
    return at[np.where(closing, (last == 0x2C) | (last == 0x20), structure)]


def _at(data: Bytes, places: Places) -> Bytes:
    found: Bytes = data[np.clip(places, 0, data.size - 1)]
    return found
