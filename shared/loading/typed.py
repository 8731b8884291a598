"""SQL that makes one raw column the JSON text of a property of a chosen type."""

from shared.domain.import_columns import FieldType
from shared.loading.json_sql import quoted
from shared.loading.values import FLOATS, INTEGERS, is_nested, json_value, moment, text

_WHOLE = quoted(r"[-+]?[0-9]{1,37}(\.0*)?")
_DAY = quoted(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")
_EXACT = quoted(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
# Numbers of up to 64 bits.
_NATIVE = INTEGERS - {"HUGEINT", "UHUGEINT"}
_FORM = quoted("%Y-%m-%dT%H:%M:%S.%fZ")


def typed_json(wanted: FieldType, column: str, kind: str) -> str:
    """The value as JSON text; NULL when it is missing, or cannot be of this type."""
    match wanted:
        case FieldType.INTEGER:
            return _integer(column, kind)
        case FieldType.FLOAT:
            return _float(column, kind)
        case FieldType.BOOLEAN:
            if kind == "BOOLEAN":
                return f"{column}::VARCHAR"
            return f"try_cast(trim({text(column, kind)}) AS BOOLEAN)::VARCHAR"
        case FieldType.DATE:
            return _date(column, kind)
        case FieldType.JSON:
            return json_value(column, kind)
    return f"to_json({text(column, kind)})::VARCHAR"


def is_wrong(wanted: FieldType, column: str, kind: str, value: str) -> str:
    """Whether a value is given that is not of this type; empty when every value is.

    `value` is what `typed_json` made of it.
    """
    if wanted in (FieldType.STRING, FieldType.JSON):
        return ""
    if wanted is FieldType.FLOAT and kind in INTEGERS | FLOATS:
        # What is no finite number is missing, as JSON has none of that kind.
        return ""
    if wanted is FieldType.INTEGER and kind in INTEGERS:
        return ""
    if wanted is FieldType.BOOLEAN and kind == "BOOLEAN":
        return ""
    # Only CASE leaves out what need not be known; AND would make a text of every value.
    given = f"nullif(trim({text(column, kind)}), '') IS NOT NULL"
    return f"CASE WHEN {value} IS NULL THEN {given} ELSE false END"


def plain_value(wanted: FieldType, column: str, kind: str) -> str:
    """The value as DuckDB's own JSON writer takes it, where that writes it as `typed_json` does.

    Empty where it does not.
    """
    if wanted is FieldType.STRING:
        return text(column, kind)
    if wanted in (FieldType.INTEGER, FieldType.FLOAT) and kind in _NATIVE:
        return column
    if wanted is FieldType.FLOAT and kind in FLOATS:
        return f"CASE WHEN isfinite({column}) THEN {column} END"
    if wanted is FieldType.BOOLEAN and kind == "BOOLEAN":
        return column
    if wanted is FieldType.DATE and kind == "DATE":
        return f"{column}::VARCHAR"
    if wanted is FieldType.DATE and kind.startswith("TIMESTAMP"):
        return f"strftime(timezone('UTC', {moment(column, kind)}), {_FORM})"
    return ""


def _integer(column: str, kind: str) -> str:
    if kind in INTEGERS:
        return f"{column}::VARCHAR"
    if kind in FLOATS:
        whole = f"isfinite({column}) AND {column} = trunc({column}) AND abs({column}) < 1e15"
        return f"CASE WHEN {whole} THEN {column}::HUGEINT::VARCHAR END"
    value = f"trim({text(column, kind)})"
    return (
        f"CASE WHEN regexp_full_match({value}, {_WHOLE}) "
        f"THEN try_cast(string_split({value}, '.')[1] AS HUGEINT)::VARCHAR END"
    )


def _float(column: str, kind: str) -> str:
    if kind in FLOATS:
        return f"CASE WHEN isfinite({column}) THEN {column}::VARCHAR END"
    if kind in INTEGERS or kind.startswith("DECIMAL"):
        return json_value(column, kind)
    if is_nested(kind):
        return "NULL::VARCHAR"
    value = f"trim({text(column, kind)})"
    number = f"try_cast({value} AS DOUBLE)"
    return (
        f"CASE WHEN NOT isfinite({number}) THEN NULL "
        f"WHEN regexp_full_match({value}, {_EXACT}) THEN {value} ELSE {number}::VARCHAR END"
    )


def _date(column: str, kind: str) -> str:
    if kind == "DATE":
        return f"to_json({column}::VARCHAR)::VARCHAR"
    at = f"to_json(strftime(timezone('UTC', {moment(column, kind)}), {_FORM}))::VARCHAR"
    if kind.startswith("TIMESTAMP") or kind in INTEGERS or kind in FLOATS:
        return at
    value = f"trim({text(column, kind)})"
    return (
        f"CASE WHEN regexp_full_match({value}, {_DAY}) "
        f"THEN to_json(try_cast({value} AS DATE)::VARCHAR)::VARCHAR ELSE {at} END"
    )
