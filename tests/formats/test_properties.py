"""Properties out of JSON text, by name and by what is there."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import OurFault
from shared.formats.properties import entries, holds_only, schema_incomplete, texts
from tests.formats.property_rows import PROPERTIES, TEXT, as_json, same

ROWS = st.lists(st.none() | PROPERTIES, min_size=1, max_size=8)


def column(rows: list[dict[str, Any] | None]) -> pa.StringArray:
    return pa.array([None if row is None else as_json(row) for row in rows], pa.string())


@given(ROWS, st.lists(TEXT, min_size=1, max_size=5, unique=True))
def test_values_asked_for_by_name_come_as_they_are(rows, other_names):
    names = sorted({*other_names, *(name for row in rows for name in row or {})})
    found = texts(column(rows), names).to_pylist()
    for place, row in enumerate(rows):
        cells = found[place * len(names) : (place + 1) * len(names)]
        for name, cell in zip(names, cells, strict=True):
            assert same((row or {}).get(name), cell), name


@given(ROWS)
def test_entries_are_all_there_is_sorted_within_the_row(rows):
    found = entries(column(rows))
    values = found.values.to_pylist()
    for place, row in enumerate(rows):
        own = range(found.offsets[place], found.offsets[place + 1])
        assert [found.names[found.ranks[at]] for at in own] == sorted(row or {})
        for at, name in zip(own, sorted(row or {}), strict=True):
            assert same((row or {})[name], values[at])


@given(ROWS, st.data())
def test_a_property_that_the_schema_misses_is_noticed(rows, data):
    names = sorted({name for row in rows for name in row or {}})
    known = [name for name in names if data.draw(st.booleans(), label=name)]
    cells = texts(column(rows), known) if known else pa.array([], pa.string())
    assert holds_only(column(rows), known, len(cells) - cells.null_count) == (known == names)


@pytest.mark.parametrize(
    "text", ['{"a" :1,"b" : 2}', '{"a":{"b":1}, "b":null}', '{"a":":", "b":1}']
)
def test_it_is_noticed_however_the_json_is_spaced_or_nested(text):
    rows = pa.array([text])
    for known, expected in (["a", "b"], True), (["a"], False), (["b"], False):
        cells = texts(rows, known)
        assert holds_only(rows, known, len(cells) - cells.null_count) is expected


def test_a_slice_of_a_column_is_read_like_a_whole_one():
    rows = column([{"a": 1}, None, {"a": "x", "b": None}, {}]).slice(1, 2)
    assert texts(rows, ["a", "b"]).to_pylist() == [None, None, "x", None]
    assert entries(rows).offsets.tolist() == [0, 0, 2]
    assert holds_only(rows, ["a", "b"], 1)


def test_no_rows_have_no_properties():
    none = pa.array([], pa.string())
    assert len(texts(none, ["a"])) == 0
    assert entries(none).offsets.tolist() == [0]
    assert holds_only(none, [], 0)


def test_the_order_of_entries_can_be_chosen():
    found = entries(column([{"a": 1, "bb": 2, "ccc": 3}]), order=lambda name: -len(name))
    assert found.names == ["ccc", "bb", "a"]
    assert found.values.to_pylist() == ["3", "2", "1"]


def test_of_a_name_that_comes_twice_the_first_value_counts():
    rows = pa.array(['{"b":1,"a":2,"b":3}', '{"a":4}'])
    found = entries(rows)
    assert found.values.to_pylist() == ["2", "1", "4"]
    assert found.offsets.tolist() == [0, 2, 3]
    assert texts(rows, ["a", "b"]).to_pylist() == ["2", "1", "4", None]
    assert holds_only(rows, ["a", "b"], 3)


def test_a_megabyte_and_500_names_pass():
    row = {f"name {place}": "x" * 2_000 for place in range(500)}
    assert entries(column([row])).values.to_pylist() == list(row.values())
    assert texts(column([row]), list(row)).to_pylist() == list(row.values())


def test_an_incomplete_schema_is_our_fault():
    assert isinstance(schema_incomplete(), OurFault)
