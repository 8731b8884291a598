"""Decides the type of every property of a run from the JSON types that its values have.

A warehouse lists the property names of an event and, for each, the types of its values, in the
words of DuckDB's `json_type` with two more, because that function calls a whole number of any size
UBIGINT, BIGINT or even DOUBLE:

* HUGEINT: a number that neither int64 nor a double can hold (2^63, 30 digits, 1e400);
* WIDE: a whole number that int64 holds exactly but a double may not (beyond 2^53).

`value_type_sql` says so in SQL. A warehouse that skips it delivers such rows into the rejects.
"""

from collections.abc import Iterable, Mapping

from shared.formats.json_names import distinct_names, shown_name

_WHOLE = {"BIGINT", "UBIGINT", "WIDE"}
_DOUBLE = {"BIGINT", "UBIGINT", "DOUBLE"}
_NESTED = {"OBJECT", "ARRAY"}


def schema_of(types_by_name: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """The properties as files show them, sorted, each with its type.

    Names are raw, as the warehouse has them. Those that become equal once they are clean share
    a type, because a row with one of them alone shows it under the plain name.
    """
    together: dict[str, set[str]] = {}
    for name, types in types_by_name.items():
        together.setdefault(shown_name(name), set()).update(types)
    shown = distinct_names(types_by_name)
    merged = {clean: merge_types(together[shown_name(raw)]) for raw, clean in shown.items()}
    return dict(sorted(merged.items()))


def merge_types(types: Iterable[str]) -> str:
    """'bool', 'int64', 'double', 'json' (nested, as JSON text) or 'string' for one property.

    What does not fit together becomes a string, and so does what is always null.
    """
    kinds = set(types) - {"NULL"}
    if not kinds:
        return "string"
    if kinds == {"BOOLEAN"}:
        return "bool"
    if kinds <= _WHOLE:
        return "int64"
    if kinds <= _DOUBLE:
        return "double"
    return "json" if kinds <= _NESTED else "string"


def value_type_sql(json_type: str, text: str) -> str:
    """A DuckDB expression for the type of a value.

    `json_type` and `text` are expressions for what `json_type` and `json_extract_string` make of
    that value. NaN and Infinity, which files show as null, count as NULL.
    """
    return (
        f"CASE WHEN {json_type} IN ('BIGINT', 'UBIGINT') THEN"
        f" CASE WHEN TRY_CAST({text} AS BIGINT) IS NULL THEN 'HUGEINT'"
        f" WHEN TRY_CAST({text} AS BIGINT) BETWEEN -9007199254740992 AND 9007199254740992"
        " THEN 'BIGINT' ELSE 'WIDE' END"
        f" WHEN {json_type} = 'DOUBLE' THEN"
        f" CASE WHEN NOT regexp_full_match({text}, '[-+0-9.eE]+') THEN 'NULL'"
        f" WHEN regexp_full_match({text}, '-?[0-9]+')"
        f" OR isinf(TRY_CAST({text} AS DOUBLE)) IS NOT FALSE THEN 'HUGEINT' ELSE 'DOUBLE' END"
        f" ELSE {json_type} END"
    )
