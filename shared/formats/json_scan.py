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
    words = _Words(min(data.size, _PIECE) + 2)
    for start in range(0, data.size, _PIECE):
        # The bytes before and after as well, so that words across the edge are seen.
        first = max(start - 1, 0)
        piece = data[first : start + _PIECE + 1]
        top = int(piece.max())
        highest = max(highest, top)
        found += (first + places for places in _controls(piece, top))
        maybe = np.flatnonzero(np.equal(piece, ord("\\"), out=words.scratch(piece.size)))
        if maybe.size:
            found.append(_escapes(data, first + maybe))
        maybe = words.places(piece)
        if maybe.size:
            found.append(_after_structure(data, first + maybe))
    if data[-2:-1].tobytes() in (b",", b" "):
        found.append(np.array([data.size - 1]))  # the last bracket, which has no byte after it
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


class _Words:
    """Looks for "na" and "in" that may be no text, and for } and ] that may follow a comma.

    It keeps its arrays, because fresh memory costs more than the comparisons.
    """

    def __init__(self, size: int) -> None:
        self._low = np.empty(size, np.uint8)
        self._masks = [np.empty(size, np.bool_) for _ in range(4)]

    def scratch(self, size: int) -> npt.NDArray[np.bool_]:
        return self._masks[3][:size]

    def places(self, piece: Bytes) -> Places:
        """Where "na", "in", } or ] begins, in either case, after a byte that can stand before."""
        size = piece.size - 2
        if size < 1:
            return np.zeros(0, np.intp)
        n, second, found = self._masks[0][: size + 2], self._masks[1][:size], self._masks[2][:size]
        low = np.bitwise_or(piece, 0x20, out=self._low[: size + 2])
        before, here, after = piece[:-2], low[1:-1], low[2:]
        np.equal(low, ord("n"), out=n)
        np.logical_and(n[1:-1], np.equal(after, ord("a"), out=second), out=found)
        np.logical_and(np.equal(here, ord("i"), out=second), n[2:], out=second)
        np.logical_or(found, second, out=found)
        np.logical_and(found, np.less_equal(before, ord("["), out=second), out=found)
        # Both closing brackets, with the bit set that tells capital letters from small ones.
        np.equal(here, ord("}"), out=second)
        np.logical_and(second, np.less_equal(before, ord(","), out=n[:size]), out=second)
        np.logical_or(found, second, out=found)
        np.logical_and(found, np.not_equal(before, ord('"'), out=second), out=found)
        return np.flatnonzero(found) + 1


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
