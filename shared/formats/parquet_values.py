"""Turns the text of property values into the types of a run's schema; says what does not fit."""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Mask: TypeAlias = npt.NDArray[np.bool_]

ARROW_TYPES: Mapping[str, pa.DataType] = {
    "bool": pa.bool_(),
    "int64": pa.int64(),
    "double": pa.float64(),
    "string": pa.string(),
    "json": pa.string(),
}
_BOOLS = ["true", "false"]
# Up to here a double keeps every whole number apart.
_LAST = 1 << 53
_LAST_WHOLE = str(_LAST)


def typed(texts: pa.StringArray, kind: str) -> tuple[pa.Array, Mask | None]:
    """The values as `kind`, and which of them do not fit it (null there), or None when all do.

    A value fits when nothing of it is lost: whole numbers must be exact, doubles finite.
    """
    if texts.null_count == len(texts):
        return pa.nulls(len(texts), ARROW_TYPES[kind]), None
    match kind:
        case "bool":
            return _checked(pc.equal(texts, "true"), texts, pc.is_in(texts, pa.array(_BOOLS)))
        case "int64":
            numbers = _numbers(texts, pa.int64(), r"^-?[0-9]{1,19}$")
            same = pc.or_(pc.equal(numbers.cast(pa.string()), texts), pc.equal(texts, "-0"))
            return _checked(numbers, texts, same)
        case "double":
            numbers = _numbers(texts, pa.float64(), r"^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$")
            return _checked(numbers, texts, pc.and_(pc.is_finite(numbers), _exact(numbers, texts)))
        case _:
            return texts, None


def _numbers(texts: pa.StringArray, kind: pa.DataType, pattern: str) -> pa.Array:
    """The numbers, null where the text is none."""
    try:
        return texts.cast(kind)
    except pa.ArrowInvalid:
        texts = _only(texts, pc.match_substring_regex(texts, pattern))
    if kind == pa.int64():
        # What is left and still too large has 19 digits, so text order is the order of numbers.
        digits = pc.replace_substring_regex(texts, "^-?0*", "")
        highest = pc.if_else(pc.starts_with(texts, "-"), str(1 << 63), str((1 << 63) - 1))
        small = pc.or_(pc.less(pc.binary_length(digits), 19), pc.less_equal(digits, highest))
        texts = _only(texts, small)
    return texts.cast(kind)


def _only(texts: pa.StringArray, where: pa.BooleanArray) -> pa.StringArray:
    return pc.if_else(where, texts, pa.scalar(None, pa.string()))


def _exact(numbers: pa.DoubleArray, texts: pa.StringArray) -> pa.BooleanArray | pa.BooleanScalar:
    """False for whole numbers beyond 2^53, where a double begins to leave some out."""
    # Rounding never takes one of them below 2^53, so mostly one look at the largest is enough.
    if (pc.max(pc.abs(numbers)).as_py() or 0) < _LAST:
        return pa.scalar(True)
    digits = pc.replace_substring_regex(texts, "^-", "")
    length = pc.binary_length(digits)
    beyond = pc.or_(
        pc.greater(length, len(_LAST_WHOLE)),
        pc.and_(pc.equal(length, len(_LAST_WHOLE)), pc.greater(digits, _LAST_WHOLE)),
    )
    return pc.invert(pc.and_(pc.match_substring_regex(digits, "^[0-9]+$"), beyond))


def _checked(
    values: pa.Array, texts: pa.StringArray, fits: pa.BooleanArray
) -> tuple[pa.Array, Mask | None]:
    """The values with null for those that do not fit, and which those are."""
    bad = pc.and_not(texts.is_valid(), pc.fill_null(fits, False))
    if not pc.any(bad).as_py():
        return values, None
    mask: Mask = bad.to_numpy(zero_copy_only=False)
    return pc.if_else(bad, pa.scalar(None, values.type), values), mask
