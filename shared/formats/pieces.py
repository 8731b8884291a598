"""Joins the pieces of a row, columns and constants, with as few pieces as can be."""

from collections.abc import Iterable
from typing import TypeAlias

import pyarrow as pa

from shared.formats.text import join

Piece: TypeAlias = pa.StringArray | str


def joined(pieces: Iterable[Piece]) -> pa.StringArray:
    """The pieces of each row end to end, a null as nothing; at least one must be a column.

    Most columns of a frame are empty throughout: they cost nothing.
    """
    given = list(pieces)
    rows = max(len(piece) for piece in given if not isinstance(piece, str))
    few = [_constant(piece) for piece in given]
    texts = [piece for piece in few if isinstance(piece, str)]
    # Never one column alone: Arrow's join then drops the rows that are null.
    return join("", *few) if len(texts) < len(few) else pa.repeat("".join(texts), rows)


def _constant(piece: Piece) -> Piece:
    return "" if not isinstance(piece, str) and piece.null_count == len(piece) else piece
