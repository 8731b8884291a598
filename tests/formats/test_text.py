"""Cleaning and escaping of plain text: every character of Unicode, against a plain definition."""

import csv
import io
import json
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from shared.formats.csv_cells import cells
from shared.formats.text import (
    as_strings,
    clean,
    holds_any,
    join,
    json_escaped,
    whole,
    wrapped,
    xml_escaped,
)

columns = st.lists(st.none() | st.text(), max_size=6)
ODD = [chr(n) for n in range(0x180)] + ["\ufeff", "\ufffe", "\uffff", "\u2028", "\U0010ffff", None]


def plain(text: str | None) -> str | None:
    if text is None:
        return None
    return "".join("?" if unicodedata.category(c) == "Cc" else c for c in text)


def strings(values: list[str | None]) -> pa.StringArray:
    return pa.array(values, pa.string())


@pytest.mark.parametrize("values", [ODD, [], [None], [""], ["ascii"], ["\x7f"], ["\u0085"], ["é"]])
def test_control_characters_become_question_marks(values):
    assert clean(strings(values)).to_pylist() == [plain(value) for value in values]


@given(columns, st.integers(0, 3))
def test_cleaning_does_what_unicode_says(values, skipped):
    assert clean(strings(values).slice(skipped)).to_pylist() == [plain(v) for v in values[skipped:]]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"a\xed\xa0\x80b", "a?b"),
        (b"\xff\n", "??"),
        (b"\xc2\xc2\x85", "??"),
        (b"\xe9", "?"),
        (b"\xf0\x9f\x98\x80\xf0\x9f\x98", "😀???"),
    ],
)
def test_what_is_no_utf_8_becomes_question_marks(raw, text):
    offsets = pa.py_buffer(np.array([0, len(raw)], np.int32))
    broken = pa.StringArray.from_buffers(1, offsets, pa.py_buffer(raw))
    assert clean(broken).to_pylist() == [text]


@given(columns)
def test_escaped_for_json_any_text_comes_back(values):
    quoted = wrapped('"', json_escaped(clean(strings(values))), '"').to_pylist()
    assert [q and json.loads(q) for q in quoted] == [plain(v) for v in values]


@given(columns)
def test_escaped_for_xml_any_text_comes_back(values):
    for value, escaped in zip(values, xml_escaped(clean(strings(values))).to_pylist(), strict=True):
        if value is None:
            assert escaped is None
        else:
            text = etree.fromstring(f"<a>{escaped}</a>".encode()).text or ""
            assert text == plain(value).replace("\ufffe", "?").replace("\uffff", "?")


@given(st.lists(st.text(), min_size=1, max_size=6))
def test_quoted_for_csv_any_text_comes_back(values):
    row = ",".join(cells(clean(strings(values))).to_pylist())
    assert next(csv.reader(io.StringIO(row), strict=True)) == [plain(value) for value in values]


def test_a_join_skips_nulls_and_merges_constants():
    column = strings(["x", None])
    assert join("a", "b", column, "c", "d").to_pylist() == ["abxcd", "abcd"]
    assert whole("a", column, "b").to_pylist() == ["axb", None]


def test_any_text_type_becomes_plain_text():
    column = strings(["a", None, "a"])
    kinds = (pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string()))
    assert all(as_strings(column.cast(kind)).equals(column) for kind in kinds)
    assert as_strings(pa.nulls(2)).equals(strings([None, None]))


def test_bytes_are_found_only_inside_the_slice():
    column = strings(['"', "a", "\\"])
    assert holds_any(column, b'"')
    assert not holds_any(column.slice(1, 1), b'"\\')
