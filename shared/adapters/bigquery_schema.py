"""Finds which properties each event of a selection has, and the types of their values."""

from collections.abc import Callable
from typing import Any

from shared.adapters.bigquery_names import Place
from shared.adapters.bigquery_query import Query
from shared.adapters.bigquery_sql import parameters, selected
from shared.domain.selection import Selection
from shared.formats.files import event_key, profiles_key, session_key
from shared.formats.schema import schema_of
from shared.ports import Schema, SchemaDetail

# Whole numbers from -2^53 to 2^53 are exact as doubles.
_EXACT = 2**53
_EVENT, _SESSION, _PROFILE = 0, 1, 2
_SCHEMA_KEYS: dict[int, Callable[[str], str]] = {
    _EVENT: event_key,
    _SESSION: session_key,
    _PROFILE: profiles_key,
}


def schema_query(place: Place, selection: Selection, detail: SchemaDetail) -> Query:
    """(part, owner, name, kind) of all properties, in the words that `formats.schema` knows.

    With KEYS the kind is always 'NULL', since nobody looks at the values.
    """
    parts = (
        [(_PROFILE, "''", "props")]
        if selection.profiles
        else [(_EVENT, "event_name", "event_props"), (_SESSION, "event_name", "session_props")]
    )
    objects = " UNION ALL ".join(
        f"SELECT {part} AS part, {owner} AS owner, {column} AS props FROM selected "
        f"WHERE {column} IS NOT NULL"
        for part, owner, column in parts
    )
    # The text of a value tells its type by its first letter.
    text = "TO_JSON_STRING(props[name])" if detail is SchemaDetail.TYPES else "'null'"
    sql = (
        f"WITH {selected(place, selection)}, objects AS ({objects}), "
        "keyed AS (SELECT part, owner, props, key FROM objects, "
        "UNNEST(JSON_KEYS(props, 1)) AS key), "
        f"named AS (SELECT part, owner, props, {_NAME} AS name FROM keyed), "
        f"texts AS (SELECT part, owner, name, {text} AS value FROM named) "
        f"SELECT part, owner, name, {_KIND} AS kind FROM texts GROUP BY 1, 2, 3, 4"
    )
    return Query(sql, parameters(selection))


def schema_from(found: Any) -> Schema:
    """{event name: {property: type}} from the rows of the query, names as files show them."""
    kinds: dict[str, dict[str, set[str]]] = {}
    columns = (found[name].to_pylist() for name in ("part", "owner", "name", "kind"))
    for part, owner, name, kind in zip(*columns, strict=True):
        properties = kinds.setdefault(_SCHEMA_KEYS[part](owner), {})
        properties.setdefault(name, set()).add(kind)
    return {key: schema_of(properties) for key, properties in sorted(kinds.items())}


# BigQuery puts a name with other characters than letters, digits and a few more between quotes,
# with a backslash before each quote inside; a name that is not quoted never begins with a quote.
_NAME = (
    "IF(STARTS_WITH(key, '\"') AND ENDS_WITH(key, '\"') AND CHAR_LENGTH(key) > 1, "
    "REPLACE(SUBSTR(key, 2, CHAR_LENGTH(key) - 2), '\\\\\"', '\"'), key)"
)
_NUMBER = (
    "IF(REGEXP_CONTAINS(value, r'^-?[0-9]+$'), CASE "
    "WHEN SAFE_CAST(value AS INT64) IS NULL THEN 'HUGEINT' "
    f"WHEN SAFE_CAST(value AS INT64) BETWEEN -{_EXACT} AND {_EXACT} THEN 'BIGINT' ELSE 'WIDE' END, "
    "IF(IFNULL(IS_INF(SAFE_CAST(value AS FLOAT64)), TRUE), 'HUGEINT', 'DOUBLE'))"
)
_KIND = (
    "CASE SUBSTR(IFNULL(value, 'null'), 1, 1) WHEN '\"' THEN 'VARCHAR' WHEN '{' THEN 'OBJECT' "
    "WHEN '[' THEN 'ARRAY' WHEN 't' THEN 'BOOLEAN' WHEN 'f' THEN 'BOOLEAN' WHEN 'n' THEN 'NULL' "
    f"ELSE {_NUMBER} END"
)
