"""SQL that turns one raw column of a file into a value of ours, whatever type it came with."""

from shared.loading.json_sql import parsed, quoted

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
INTEGERS = frozenset(_WHOLE) | {"U" + name for name in _WHOLE}
FLOATS = frozenset({"FLOAT", "DOUBLE"})
# Later than any zone can shift out of the four-digit years that files and BigQuery hold.
_FIRST = "TIMESTAMPTZ '0001-01-02 00:00:00+00'"
_LAST = "TIMESTAMPTZ '9999-12-30 23:59:59.999999+00'"


def is_nested(kind: str) -> bool:
    """Whether a DuckDB type is a struct, list, array or map."""
    return kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION"))


def text(column: str, kind: str) -> str:
    """The value as text; bytes that are no UTF-8 give NULL."""
    if kind == "VARCHAR":
        return column
    if kind == "BLOB":
        return f"try(decode({column}))"
    if kind == "JSON":
        return f"coalesce(try({column}->>'$'), {column}::VARCHAR)"
    if is_nested(kind):
        return f"to_json({column})::VARCHAR"
    return f"{column}::VARCHAR"


def undecodable(column: str) -> str:
    """Whether the bytes in a BLOB column are no UTF-8."""
    return f"({column} IS NOT NULL AND try(decode({column})) IS NULL)"


def object_text(column: str, kind: str) -> str:
    """The value as the text of a JSON object; a struct's missing fields are left out."""
    if kind.startswith("STRUCT"):
        return f"json_merge_patch('{{}}', to_json({column}))::VARCHAR"
    return f"{column}::VARCHAR" if kind == "JSON" else text(column, kind)


def moment(column: str, kind: str) -> str:
    """The value as a time, or NULL when it cannot be read as one.

    Times without a zone are UTC. Whole numbers are counts since 1970 and their digits tell of
    what: 9 or 10 seconds, 12 or 13 milliseconds, 15 or 16 microseconds, 18 or 19 nanoseconds
    (the years 1973 to 2286); no other number is read as a time. They may have a fraction.
    """
    if kind == "TIMESTAMP WITH TIME ZONE":
        return column
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return f"timezone('UTC', try_cast({column} AS TIMESTAMP))"
    if kind in FLOATS:
        return _moment_of_text(f"try_cast({column} AS DECIMAL(28, 6))::VARCHAR")
    return _moment_of_text(f"trim({text(column, kind)})")


def _moment_of_text(value: str) -> str:
    digits = f"strlen(regexp_extract({value}, '^-?([0-9]+)', 1))"
    micros = (
        f"CASE WHEN {digits} IN (9, 10) THEN try_cast({value} AS DECIMAL(38, 6)) * 1000000 "
        f"WHEN {digits} IN (12, 13) THEN try_cast({value} AS DECIMAL(38, 6)) * 1000 "
        f"WHEN {digits} IN (15, 16) THEN try_cast({value} AS DECIMAL(38, 6)) "
        f"WHEN {digits} IN (18, 19) THEN try_cast({value} AS DECIMAL(38, 6)) / 1000 END"
    )
    number = r"-?[0-9]+(\.[0-9]*)?"
    date = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?"
    return (
        f"CASE WHEN regexp_full_match({value}, {quoted(date)}) "
        f"THEN try_cast(upper({value}) AS TIMESTAMPTZ) "
        f"WHEN regexp_full_match({value}, {quoted(number)}) "
        f"THEN timezone('UTC', make_timestamp(floor({micros})::BIGINT)) END"
    )


def in_range(at: str) -> str:
    """The time, or NULL outside the years that files can show in any zone."""
    return f"CASE WHEN {at} BETWEEN {_FIRST} AND {_LAST} THEN {at} END"


def list_document(column: str, kind: str) -> str:
    """The value as a JSON document when it looks like an array, else NULL."""
    value = text(column, kind)
    return f"CASE WHEN starts_with({value}, '[') THEN {parsed(value)} END"


def text_list(column: str, kind: str, document: str) -> str:
    """The value as a list of texts: a list, a JSON array, `[a, b]`, or one text alone."""
    if kind.endswith("]"):
        return f"list_filter(try_cast({column} AS VARCHAR[]), lambda t: t IS NOT NULL)"
    value = text(column, kind)
    return (
        f"CASE WHEN {value} = '' THEN NULL WHEN json_type({document}) = 'ARRAY' "
        f"THEN list_filter(json_extract_string({document}, '$[*]'), lambda t: t IS NOT NULL) "
        f"WHEN starts_with({value}, '[') AND ends_with({value}, ']') "
        f"THEN string_split({value}[2:-2], ', ') "
        f"WHEN {value} IS NOT NULL THEN [{value}] END"
    )


def json_value(column: str, kind: str, *, verbatim: bool = False) -> str:
    """The value as JSON text that keeps its type and all its digits; NULL when it is missing.

    `verbatim` says that a text is a JSON literal already.
    """
    if kind in INTEGERS or kind == "BOOLEAN" or kind.startswith("DECIMAL") or verbatim:
        return f"{column}::VARCHAR"
    if kind in FLOATS:
        return (
            f"CASE WHEN isfinite({column}) THEN {column}::VARCHAR "
            f"WHEN {column} IS NOT NULL THEN 'null' END"
        )
    if kind == "JSON":
        return f"coalesce(try(json({column})), to_json({column}::VARCHAR))::VARCHAR"
    if is_nested(kind):
        return f"to_json({column})::VARCHAR"
    return f"to_json({text(column, kind)})::VARCHAR"
