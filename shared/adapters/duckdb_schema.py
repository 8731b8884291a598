"""Finds which properties each event of a selection has, and the types of their values."""

from collections import defaultdict
from collections.abc import Iterable

import duckdb

from shared.domain.selection import Selection
from shared.formats.schema import merge_types
from shared.ports import Schema, SchemaDetail

# Property paths of one query; more events are asked about in further queries.
PATHS_PER_QUERY = 256
# A whole number of fewer digits fits 64 bits.
SAFE_DIGITS = 18
# And of no more digits than these is exact as a double.
DOUBLE_DIGITS = 15


def discover_schema(
    con: duckdb.DuckDBPyConnection, selection: Selection, detail: SchemaDetail
) -> Schema:
    """{event name: {property: type}} of the view `selected`, names as they are in the warehouse.

    Profiles stand under 'profiles', session properties under 'session:<event name>'. With KEYS
    every type is 'string', which is all a text format has to know.
    """
    if detail is SchemaDetail.NONE:
        return {}
    if selection.profiles:
        sources = [("'profiles'", "props")]
    else:
        sources = [("event_name", "event_props"), ("'session:' || event_name", "session_props")]
    schema: Schema = {}
    for owner, column in sources:
        keys = _keys(con, owner, column)
        if detail is SchemaDetail.TYPES:
            schema |= _types(con, owner, column, keys)
        else:
            schema |= {name: dict.fromkeys(found, "string") for name, found in keys.items()}
    return schema


def _keys(con: duckdb.DuckDBPyConnection, owner: str, column: str) -> dict[str, list[str]]:
    """Property names by owner; equal sets of names are met once, whatever the number of rows."""
    rows = con.execute(
        f"SELECT owner, list_sort(list_distinct(flatten(list(names)))) FROM ("
        f"SELECT DISTINCT {owner} AS owner, json_keys({column}) AS names "
        f"FROM selected WHERE {column} IS NOT NULL) GROUP BY owner ORDER BY owner"
    ).fetchall()
    return {name: keys for name, keys in rows if keys}


def _types(
    con: duckdb.DuckDBPyConnection, owner: str, column: str, keys: dict[str, list[str]]
) -> Schema:
    schema: Schema = {}
    for names in _batches(keys):
        paths = sorted({key for name in names for key in keys[name]})
        kinds: dict[tuple[str, str], set[str]] = defaultdict(set)
        for name, types in con.execute(*_types_query(owner, column, names, paths)).fetchall():
            for path, kind in zip(paths, types, strict=True):
                if kind is not None:
                    kinds[name, path].add(kind)
        found = {place: merge_types(each) for place, each in kinds.items()}
        found |= dict.fromkeys(_inexact(con, owner, column, names, found), "string")
        for name in names:
            schema[name] = {key: found[name, key] for key in keys[name]}
    return schema


def _types_query(
    owner: str, column: str, names: list[str], paths: list[str]
) -> tuple[str, list[object]]:
    pointers = [_pointer(path) for path in paths]
    sql = (
        f"SELECT DISTINCT {owner} AS owner, json_type({column}, $paths) AS types "
        f"FROM selected WHERE {column} IS NOT NULL AND list_contains($names, {owner})"
    )
    literal = "[" + ", ".join("'" + pointer.replace("'", "''") + "'" for pointer in pointers) + "]"
    return sql.replace("$paths", literal).replace("$names", "?"), [names]


def _inexact(
    con: duckdb.DuckDBPyConnection,
    owner: str,
    column: str,
    names: list[str],
    found: dict[tuple[str, str], str],
) -> set[tuple[str, str]]:
    """Numbers of which some would lose digits as int64 or double: (event, property) pairs."""
    paths = sorted({key for (_, key), kind in found.items() if kind in _LOSSY})
    if not paths:
        return set()
    flags = [f"bool_or({test})" for n in range(1, len(paths) + 1) for test in _lossy_tests(n)]
    listed = ", ".join("'" + _pointer(path).replace("'", "''") + "'" for path in paths)
    rows = con.execute(
        f"SELECT owner, [{', '.join(flags)}] FROM (SELECT {owner} AS owner, "
        f"json_extract_string({column}, [{listed}]) AS x FROM selected "
        f"WHERE {column} IS NOT NULL AND list_contains(?, {owner})) GROUP BY owner",
        [names],
    ).fetchall()
    return {
        (name, path)
        for name, lossy in rows
        for position, path in enumerate(paths)
        for kind, offset in _LOSSY.items()
        if found.get((name, path)) == kind and lossy[2 * position + offset]
    }


_LOSSY = {"int64": 0, "double": 1}


def _lossy_tests(position: int) -> tuple[str, str]:
    """SQL that is true where value `x[position]` is a number that int64, or double, cannot hold."""
    x = f"x[{position}]"
    whole = f"regexp_full_match({x}, '-?[0-9]+')"
    beyond = f"coalesce(abs(TRY_CAST({x} AS HUGEINT)) > {2**53}, true)"
    infinite = f"isinf(TRY_CAST({x} AS DOUBLE))"
    return (
        f"strlen({x}) > {SAFE_DIGITS} AND {whole} AND TRY_CAST({x} AS BIGINT) IS NULL",
        f"(strlen({x}) > {DOUBLE_DIGITS} AND {whole} AND {beyond}) OR {infinite}",
    )


def _pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _batches(keys: dict[str, list[str]]) -> Iterable[list[str]]:
    """Owners whose property names together stay within one query's paths."""
    batch: list[str] = []
    paths: set[str] = set()
    for name, names in keys.items():
        if batch and len(paths | set(names)) > PATHS_PER_QUERY:
            yield batch
            batch, paths = [], set()
        batch.append(name)
        paths |= set(names)
    if batch:
        yield batch
