"""Finds which properties each event of a selection has, and the types of their values."""

from collections import defaultdict
from collections.abc import Callable
from typing import TypeAlias

import duckdb

from shared.domain.selection import Selection
from shared.formats.files import event_key, profiles_key, session_key
from shared.formats.schema import schema_of, value_type_sql
from shared.ports import Schema, SchemaDetail

# For each owner, such as an event name, the types of each property's values.
Types: TypeAlias = dict[str, dict[str, set[str]]]

# In the text of an object, a number of which `json_type` does not tell enough: 16 digits, a large
# exponent, NaN or Infinity. Text within strings may match too, which costs time and changes
# nothing. A match begins at a colon, since RE2 leaps from one to the next: no dearer than a parse.
NOTEWORTHY = r":[ \t\r\n]*-?([0-9]{16}|[0-9.]+[eE]\+?[0-9]{3}|[iInN][aAnN])"


def discover_schema(
    con: duckdb.DuckDBPyConnection, selection: Selection, detail: SchemaDetail
) -> Schema:
    """{event name: {property: type}} of the view `selected`, names as files show them.

    They stand under the keys that `formats.files` gives to events, sessions and profiles. With KEYS
    every type is 'string', which is all a text format has to know.
    """
    if detail is SchemaDetail.NONE:
        return {}
    if selection.profiles:
        sources: list[tuple[str, str, Callable[[str], str]]] = [("''", "props", profiles_key)]
    else:
        sources = [
            ("event_name", "event_props", event_key),
            ("event_name", "session_props", session_key),
        ]
    schema: Schema = {}
    for owner, column, schema_key in sources:
        if detail is SchemaDetail.TYPES:
            found = _types(con, owner, column)
        else:
            found = _keys(con, owner, column)
        schema |= {schema_key(name): schema_of(properties) for name, properties in found.items()}
    return schema


def _keys(con: duckdb.DuckDBPyConnection, owner: str, column: str) -> Types:
    """Property names by owner; equal sets of names are met once, whatever the number of rows.

    Sets are told apart by 64-bit hashes. If two ever met, a name would be missing here and the
    format would refuse the row that has it.
    """
    rows = con.execute(
        f"SELECT owner, list_sort(list_distinct(flatten(list(names)))) FROM ("
        f"SELECT owner, any_value(names) AS names FROM (SELECT {owner} AS owner, "
        f"json_keys({column}) AS names FROM selected WHERE {column} IS NOT NULL) "
        "GROUP BY owner, hash(names)) GROUP BY owner ORDER BY owner"
    ).fetchall()
    return {name: {key: set() for key in keys} for name, keys in rows if keys}


def _types(con: duckdb.DuckDBPyConnection, owner: str, column: str) -> Types:
    """The types of each property's values, by owner; where a name stands twice, of both values.

    Objects of the same names and types are met once, told apart like sets of names above. Those
    with noteworthy numbers are left out at first and then looked at value by value.
    """
    noteworthy = f"regexp_matches({column}::VARCHAR, '{NOTEWORTHY}')"
    found: Types = defaultdict(lambda: defaultdict(set))
    rows = con.execute(
        "SELECT owner, any_value(names), any_value(types) FROM (SELECT owner, plain, "
        "CASE WHEN plain THEN json_keys(p) END AS names, "
        "CASE WHEN plain THEN json_type(p, '$.*') END AS types "
        f"FROM (SELECT {owner} AS owner, {column} AS p, NOT {noteworthy} AS plain "
        f"FROM selected WHERE {column} IS NOT NULL)) GROUP BY owner, plain, hash(names, types)"
    ).fetchall()
    for name, keys, kinds in rows:
        for key, kind in zip(keys or (), kinds or (), strict=True):
            found[name][key].add(kind)
    if any(keys is None for _, keys, _ in rows):
        rows = con.execute(
            f"SELECT DISTINCT owner, key, {value_type_sql('kind', 'text')} FROM "
            f"(SELECT {owner} AS owner, unnest(json_keys({column})) AS key, "
            f"unnest(json_type({column}, '$.*')) AS kind, "
            f"unnest(json_extract_string({column}, '$.*')) AS text "
            f"FROM selected WHERE {noteworthy})"
        ).fetchall()
        for name, key, kind in rows:
            found[name][key].add(kind)
    return found
