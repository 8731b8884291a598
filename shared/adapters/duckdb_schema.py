"""Finds which properties each event of a selection has, and the types of their values."""

from collections.abc import Callable, Iterable

import duckdb

from shared.domain.selection import Selection
from shared.formats.files import event_key, profiles_key, session_key
from shared.formats.schema import schema_of
from shared.ports import Schema, SchemaDetail

# Property paths of one query; more events are asked about in further queries.
PATHS_PER_QUERY = 256
# A whole number of no more digits than these is exact as a double and as int64.
DOUBLE_DIGITS = 15


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
        keys = _keys(con, owner, column)
        if detail is SchemaDetail.TYPES:
            found = _types(con, owner, column, keys)
        else:
            found = {name: schema_of(dict.fromkeys(each, ())) for name, each in keys.items()}
        schema |= {schema_key(name): properties for name, properties in found.items()}
    return schema


def _keys(con: duckdb.DuckDBPyConnection, owner: str, column: str) -> dict[str, list[str]]:
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
    return {name: keys for name, keys in rows if keys}


def _types(
    con: duckdb.DuckDBPyConnection, owner: str, column: str, keys: dict[str, list[str]]
) -> Schema:
    schema: Schema = {}
    for names in _batches(keys):
        paths = sorted({key for name in names for key in keys[name]})
        kinds: dict[str, dict[str, set[str]]] = {
            name: {key: set() for key in keys[name]} for name in names
        }
        for name, types in con.execute(*_types_query(owner, column, names, paths)).fetchall():
            for path, kind in zip(paths, types, strict=True):
                if kind is not None:
                    kinds[name][path].add(kind)
        _mark_large_numbers(con, owner, column, kinds)
        schema |= {name: schema_of(found) for name, found in kinds.items()}
    return schema


def _types_query(
    owner: str, column: str, names: list[str], paths: list[str]
) -> tuple[str, list[object]]:
    pointers = [_pointer(path) for path in paths]
    sql = (
        f"SELECT owner, any_value(types) FROM (SELECT {owner} AS owner, "
        f"json_type({column}, $paths) AS types FROM selected "
        f"WHERE {column} IS NOT NULL AND list_contains($names, {owner})) "
        "GROUP BY owner, hash(types)"
    )
    literal = "[" + ", ".join(_literal(pointer) for pointer in pointers) + "]"
    return sql.replace("$paths", literal).replace("$names", "?"), [names]


def _mark_large_numbers(
    con: duckdb.DuckDBPyConnection, owner: str, column: str, kinds: dict[str, dict[str, set[str]]]
) -> None:
    """Add the kinds HUGEINT and WIDE of `formats.schema`, which `json_type` does not know."""
    paths = sorted(
        {key for each in kinds.values() for key, found in each.items() if found & _NUMBER}
    )
    if not paths:
        return
    flags = [f"bool_or({test})" for n in range(1, len(paths) + 1) for test in _large_tests(n)]
    listed = ", ".join(_literal(_pointer(path)) for path in paths)
    rows = con.execute(
        f"SELECT owner, [{', '.join(flags)}] FROM (SELECT {owner} AS owner, "
        f"json_extract_string({column}, [{listed}]) AS x FROM selected "
        f"WHERE {column} IS NOT NULL AND list_contains(?, {owner})) GROUP BY owner",
        [list(kinds)],
    ).fetchall()
    for name, large in rows:
        for position, path in enumerate(paths):
            huge, wide = large[2 * position : 2 * position + 2]
            if kinds[name].get(path, set()) & _NUMBER:
                kinds[name][path] |= {"HUGEINT"} if huge else set()
                kinds[name][path] |= {"WIDE"} if wide else set()


_NUMBER = {"BIGINT", "UBIGINT", "DOUBLE"}


def _large_tests(position: int) -> tuple[str, str]:
    """SQL that is true where the text `x[position]` is a huge, and where it is a wide number."""
    x = f"x[{position}]"
    whole = f"strlen({x}) > {DOUBLE_DIGITS} AND regexp_full_match({x}, '-?[0-9]+')"
    fits = f"TRY_CAST({x} AS BIGINT)"
    return (
        f"({whole} AND {fits} IS NULL) OR isinf(TRY_CAST({x} AS DOUBLE))",
        f"{whole} AND coalesce({fits} NOT BETWEEN -{2**53} AND {2**53}, false)",
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


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
