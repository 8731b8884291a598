"""Reads the properties out of a column of JSON objects, a batch at a time, with DuckDB in memory.

Two ways lead to the same values. `texts` looks for given names and is the faster one while they
are few; `entries` lists whatever names a row has and costs by what is present, so hundreds of
sparse properties stay cheap. Values come as text: strings decoded, numbers as JSON writes them
(whole numbers exact at any size), nested values as compact JSON.
"""

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.errors import OurFault
from shared.formats.text import join, spans

Ints: TypeAlias = npt.NDArray[np.integer[Any]]
Order: TypeAlias = Callable[[str], Any]

# Up to here `texts` wins when every row has every property; beyond, looking for a name costs more
# than finding one (500 names of which a row has 20: 35 microseconds a row against 3).
NAMES_MAX = 32
# More values than a batch can have: a result in one chunk needs no copy to make it one.
_CHUNK_ROWS = 1 << 30
# What is scanned at once stays in the processor's cache: half the time of one long scan.
BLOCK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Entries:
    """The properties of every row, within a row in the order of `names`."""

    names: Sequence[str]  # distinct, in the order asked for
    ranks: Ints  # of each entry: the place of its name in `names`
    values: pa.StringArray  # of each entry; null is JSON null
    offsets: Ints  # row i owns the entries offsets[i] to offsets[i + 1]
    kinds: pa.StringArray | None = None  # of each entry, when asked for: OBJECT, VARCHAR, ...


def texts(column: pa.StringArray, names: Sequence[str]) -> pa.StringArray:
    """The values of `names` row by row, len(column) x len(names) in all.

    Null where a row has no such property, or has it as JSON null.
    """
    return texts_at(column, [pointer(name) for name in names])


def texts_at(column: pa.StringArray, pointers: Sequence[str]) -> pa.StringArray:
    """The values at these JSON pointers, which may reach into nested objects, row by row."""
    paths = ", ".join(map(literal, pointers))
    sql = f"SELECT unnest(json_extract_string(p, [{paths}]::VARCHAR[])) AS v FROM batch"
    return query(sql, p=_objects(column))["v"]


def columns(column: pa.StringArray, names: Sequence[str]) -> list[pa.StringArray]:
    """The values of `names` as in `texts`, but a column for each name."""
    paths = ", ".join(literal(pointer(name)) for name in names)
    values = ", ".join(f"v[{place + 1}] AS c{place}" for place in range(len(names)))
    found = f"SELECT json_extract_string(p, [{paths}]::VARCHAR[]) AS v FROM batch"
    return list(query(f"SELECT {values} FROM ({found})", p=_objects(column)).values())


def entries(column: pa.StringArray, order: Order = str, *, kinds: bool = False) -> Entries:
    """Every property of every row, sorted by `order` of its name; rows that are null have none.

    Of a name that an object has twice the first value counts, as in `texts`.
    """
    found = query(
        "SELECT json_keys(p) AS k, json_extract_string(p, '$.*') AS v"
        f"{', json_type(p, $$$.*$$) AS kinds' if kinds else ''} FROM batch",
        p=_objects(column),
    )
    keys, values = found["k"].flatten().dictionary_encode(), found["v"].flatten()
    kind = found["kinds"].flatten() if kinds else None
    offsets = found["k"].offsets.to_numpy() - found["k"].offsets[0].as_py()
    unsorted = keys.dictionary.to_pylist()
    names = sorted(unsorted, key=order)
    place = {name: rank for rank, name in enumerate(names)}
    rank_of = np.array([place[name] for name in unsorted], dtype=np.int32)
    ranks = rank_of[keys.indices.to_numpy()] if unsorted else rank_of
    row = np.repeat(np.arange(len(column), dtype=np.int64), np.diff(offsets))
    position = row * len(names) + ranks
    if np.any(position[1:] <= position[:-1]):
        moved = np.argsort(position, kind="stable")
        moved = moved[np.diff(position[moved], prepend=-1) > 0]
        position = position[moved]
        offsets = np.searchsorted(position, np.arange(len(column) + 1) * len(names))
        ranks, values = ranks[moved], values.take(pa.array(moved))
        kind = kind.take(pa.array(moved)) if kind else None
    return Entries(names, ranks, values, offsets, kind)


def holds_only(column: pa.StringArray, names: Sequence[str], values_found: int) -> bool:
    """Whether no row has a property beyond `names`, of which so many values were found.

    The run's schema promises it; here it is checked, because a property that the schema missed
    would be lost without a trace. Flat rows cost one scan of their bytes (0.15 microseconds a
    row), nested values a count by DuckDB (0.4), null values a look at each name (0.7).
    """
    if names_at_most(column) == values_found:
        return True
    objects = _objects(column)
    total = query("SELECT sum(len(json_keys(p)))::BIGINT AS n FROM batch", p=objects)
    if total["n"][0].as_py() == values_found or not names:
        return bool(total["n"][0].as_py() == values_found)
    unknown = query(
        "SELECT count(*) AS n FROM (SELECT unnest(json_keys(p)) AS k FROM batch)"
        f" WHERE k NOT IN ({', '.join(map(literal, names))})",
        p=objects,
    )
    return bool(unknown["n"][0].as_py() == 0)


def names_at_most(column: pa.StringArray) -> int:
    """How often a quote and a colon meet in the text, or -1 where that says nothing.

    Every name of an object ends that way, so there are at most so many properties; the text inside
    of values can only add to it. A space before a colon spoils the count.
    """
    _, data = spans(column)
    found = 0
    for start in range(0, len(data) - 1, BLOCK_BYTES):
        block = data[start : start + BLOCK_BYTES + 1]
        colon = block[1:] == ord(":")
        if np.count_nonzero((block[:-1] == ord(" ")) & colon):
            return -1
        found += int(np.count_nonzero((block[:-1] == ord('"')) & colon))
    return found


def laid(
    before: pa.StringArray, values: pa.StringArray, after: pa.StringArray | str, offsets: Ints
) -> pa.StringArray:
    """A row of text from its entries: `before` + value (null is empty) + `after`, end to end."""
    pieces = join(before, values, after)
    # What one row owns lies end to end already, so a row is a longer span of the same bytes.
    starts, data = spans(pieces)
    ends = pa.py_buffer(np.ascontiguousarray(starts[offsets], dtype=np.int32))
    return pa.StringArray.from_buffers(len(offsets) - 1, ends, pa.py_buffer(data))


def pointer(name: str) -> str:
    """The JSON pointer of a name, whatever it is made of."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def literal(value: str) -> str:
    """A SQL string."""
    return "'" + value.replace("'", "''") + "'"


def schema_incomplete() -> OurFault:
    """The plan promised that every property of every row is in the run's schema."""
    return OurFault(
        "A row has a property that the run's schema misses, so that it would be lost; "
        "plan the run again.",
        reason="schema-incomplete",
    )


def query(sql: str, **columns: pa.Array) -> dict[str, pa.Array]:
    """The columns that `sql` makes of the table `batch`, rows in order."""
    connection = _connection(os.getpid(), threading.get_ident())
    connection.register("batch", pa.table(columns))
    try:
        found = connection.sql(sql).to_arrow_table(_CHUNK_ROWS)
    finally:
        connection.unregister("batch")
    return {name: _one(found[name]) for name in found.column_names}


@lru_cache(maxsize=8)
def _connection(process: int, thread: int) -> duckdb.DuckDBPyConnection:
    """A database of its own for each process and thread: connections must not be shared."""
    # One thread, because other worker processes keep the other cores busy; and it is here to
    # compute, not to reach for files, extensions or the network.
    return duckdb.connect(":memory:", config={"threads": 1, "enable_external_access": False})


def _objects(column: pa.StringArray) -> pa.StringArray:
    """The column with an empty object where there is none, so that no row drops out."""
    return column.fill_null("{}") if column.null_count else column


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
