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

_PIECE = 1 << 18


def suspicious(data: Bytes) -> tuple[Places, bool]:
    """Places of control characters, also escaped, of NaN and Infinity, and of trailing commas.

    And whether all bytes are ASCII, since the same look at them tells.
    """
    found: list[Places] = []
    highest = 0
    words = _Words(min(data.size, _PIECE) + 3)
    for start in range(0, data.size, _PIECE):
        # Two bytes before and one after as well, so that words across the edge are seen.
        first = max(start - 2, 0)
        piece = data[first : start + _PIECE + 1]
        top = int(piece.max())
        highest = max(highest, top)
        found += (first + places for places in _controls(piece, top))
        escapes = np.equal(piece, ord("\\"), out=words.scratch(piece.size))
        if escapes.any():
            found.append(_escapes(data, first + np.flatnonzero(escapes)))
        found += (_after_structure(data, first + places) for places in words.places(piece))
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
    small = np.uint8(0x20)  # the bit that makes letters small and leaves digits alone
    first, second, third, fourth = (_at(data, at + place) | small for place in (2, 3, 4, 5))
    control = _is_in(third, b"0189") | ((third == ord("7")) & (fourth == ord("f")))
    control &= (first == ord("0")) & (second == ord("0"))
    surrogate = (first == ord("d")) & _is_in(second, b"89abcdef")
    found: Places = at[_is_in(letter, b"bfnrt") | ((letter == ord("u")) & (control | surrogate))]
    return found


# Two letters as one number: what NaN begins with, what the second letter of Infinity does, and what
# is a bracket after a comma. Both brackets are one after | 0x20, which makes letters small too.
_NA, _NF, _COMMA, _SPACE = (int.from_bytes(pair, "little") for pair in (b"na", b"nf", b",}", b" }"))


class _Words:
    """Looks for words that may be NaN or Infinity, and for } and ] that may follow a comma.

    It keeps its arrays, because fresh memory costs more than the comparisons, and compares letters
    in pairs, because that takes one comparison where letter by letter takes three.
    """

    def __init__(self, size: int) -> None:
        self._low = np.empty(size, np.uint8)
        self._masks = [np.empty(size, np.bool_) for _ in range(2)]

    def scratch(self, size: int) -> npt.NDArray[np.bool_]:
        return self._masks[0][:size]

    def places(self, piece: Bytes) -> Iterator[Places]:
        """Where "na", "inf", } or ] begins, in either case, after a byte that can stand before."""
        for first in 0, 1:
            # The second time from the second byte on, moved so that the pairs are aligned.
            low = np.bitwise_or(piece[first:], 0x20, out=self._low[: piece.size - first])
            pairs = low[: low.size // 2 * 2].view("<u2")
            found, one = (mask[: pairs.size] for mask in self._masks)
            np.equal(pairs, _NA, out=found)
            for letters in _NF, _COMMA, _SPACE:
                np.logical_or(found, np.equal(pairs, letters, out=one), out=found)
            if found.any():
                at = np.flatnonzero(found)
                which = pairs[at]
                at = at * 2 + first + ((which == _COMMA) | (which == _SPACE)) - (which == _NF)
                yield at[_at(piece, at - 1) <= ord("[")]


def _after_structure(data: Bytes, at: Places) -> Places:
    """Those of these places that follow on : , or [, over spaces and a minus sign.

    More than four spaces count as following: such text is rare.
    """
    closing = (data[at] | 0x20) == ord("}")
    before = at - 1
    before -= _at(data, before) == ord("-")
    for _ in range(4):
        before -= _at(data, before) == ord(" ")
    last = _at(data, before)
    return at[np.where(closing, _is_in(last, b" ,"), _is_in(last, b" ,:["))]


def _at(data: Bytes, places: Places) -> Bytes:
    found: Bytes = data[np.clip(places, 0, data.size - 1)]
    return found


def _is_in(letters: Bytes, which: bytes) -> npt.NDArray[np.bool_]:
    return np.isin(letters, np.frombuffer(which, np.uint8))
