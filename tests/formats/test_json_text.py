r"""JSON text of the warehouse: made strict where it is not, and never touched where it is."""

import hashlib
import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.formats.json_names import distinct_names
from shared.formats.json_text import strict_objects
from tests.formats.encoding import strict
from tests.formats.test_json_events import meets, shown, values


def digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def made_strict(*texts: str | None, trusted: bool = False) -> list[str | None]:
    column, bad = strict_objects(pa.array(texts, pa.string()), trusted=trusted)
    found = column.to_pylist()
    assert [found[row] for row in np.flatnonzero(bad)] == [None] * int(bad.sum())
    return ["bad" if is_bad else text for text, is_bad in zip(found, bad, strict=True)]


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize(
    ("raw", "text"),
    [
        # What is strict stays as it is, to the byte.
        ("{}", "{}"),
        ('{ "a" : 1 , "b" : [ ] }', '{ "a" : 1 , "b" : [ ] }'),
        (r'{"a":"\\n \" \/ \u0041 \u00e9 \ud83d\ude00 C:\\new"}',) * 2,
        ('{"a":1.10,"b":1E400,"c":-0.0,"d":123456789012345678901234567890}',) * 2,
        ('{"a":"NaN, -Infinity ,] ,}"}',) * 2,
        ('{"a":"é 😀 \u00a0 \u2028"}',) * 2,
        # Control characters, raw and escaped.
        (r'{"a":"\n\t\r\b\f\u0000\u001F\u007f\u0085\u009F"}', '{"a":"??????????"}'),
        (r'{"a":"\\\n \\n \\\\\u0001"}', r'{"a":"\\? \\n \\\\?"}'),
        ('{"a":"x\ty\x7fz\x85"}', '{"a":"x?y?z?"}'),
        ('{\n\t"a" :\r\n 1\n}', '{"a":1}'),
        # Lone surrogates.
        (r'{"a":"\ud800"}', '{"a":"?"}'),
        (r'{"a":"\uDE00\ud83d\uDE00\ud83d"}', r'{"a":"?\ud83d\uDE00?"}'),
        (r'{"a":"\\ud800"}', r'{"a":"\\ud800"}'),
        # What only a lenient parser takes.
        (
            '{"a":NaN,"b":[-Infinity, inf,nAn],"c": -nan}',
            '{"a":null,"b":[null, null,null],"c": null}',
        ),
        ('{"a":       NaN}', '{"a":       null}'),
        ('{"a":[1,2 , ],"b":{"c":1,},}', '{"a":[1,2 ],"b":{"c":1}}'),
        # Frames.
        (' {"a":1} \n', '{"a":1}'),
        ("null", None),
        (" null ", None),
        (None, None),
        # No objects.
        ("", "bad"),
        ("[1]", "bad"),
        ('"x"', "bad"),
        ("12", "bad"),
        ("true", "bad"),
        ("nan", None),
        ('{"a":1}x', "bad"),
        ('{"a":1}{"a":1', "bad"),
        ('{"a":NaN', "bad"),
        ('{"a":[1,,]}', "bad"),
        ('\ufeff{"a":1}', "bad"),
    ],
)
def test_json_text_becomes_strict(raw, text, trusted):
    assert made_strict(raw, trusted=trusted) == [text]
    # The neighbours do not matter.
    around = made_strict('{"x":"y"}', raw, None, '{"z":"\\n"}', trusted=trusted)
    assert around == ['{"x":"y"}', text, None, '{"z":"?"}']


@pytest.mark.parametrize(
    "raw",
    [
        '{"a":}',
        '{"a":tru}',
        '{"a":01}',
        '{"a":"\\q"}',
        '{"a":1 "b":2}',
        "{,}",
        "{a:1}",
        '{"a":"x}',
        '{"a":"}',
        '{"}',
        '{"a":[1}',
        '{"a":1},{"b":2}',
        '{"a":+1}',
        '{"a":NaNNaN}',
    ],
)
def test_text_that_no_parser_has_seen_is_parsed_and_broken_rows_are_bad(raw):
    assert made_strict(raw, '{"x":1}', raw) == ["bad", '{"x":1}', "bad"]


def test_names_that_meet_after_cleaning_are_told_apart():
    raw = r'{"a\t":1,"a\n":2,"a?":3,"b":4,"c":[{"x\u0000":5,"x\ud800":{"y\n":6,"y?":7}}]}'
    text = (
        f'{{"a?":1,"a?~{digest(chr(97) + chr(10))}":2,"a?~{digest("a?")}":3,"b":4,"c":[{{"x?":5,'
        f'"x?~{digest("x" + chr(0xD800))}":{{"y?":6,"y?~{digest("y?")}":7}}}}]}}'
    )
    assert made_strict(raw, raw) == [text, text]


def test_a_name_that_changes_and_meets_no_other_is_only_cleaned():
    assert made_strict(r'{"a\t":1,"b\t":{"a\t":2}}') == ['{"a?":1,"b?":{"a?":2}}']


def test_names_are_told_apart_in_sort_order():
    names = distinct_names(["a?", "a\t", "a\n", "b"])
    assert names == {
        "a\t": "a?",
        "a\n": f"a?~{digest('a' + chr(10))}",
        "a?": f"a?~{digest('a?')}",
        "b": "b",
    }


def test_text_that_is_no_utf_8_is_mended():
    raw = b'{"a":"x\xed\xa0\x80y\xff"}'
    offsets = pa.py_buffer(np.array([0, len(raw)], np.int32))
    broken = pa.StringArray.from_buffers(1, offsets, pa.py_buffer(raw))
    column, bad = strict_objects(broken, trusted=False)
    assert (column.to_pylist(), bad.tolist()) == (['{"a":"x?y?"}'], [False])


def test_dirt_is_found_wherever_it_lies_in_a_long_column():
    clean = '{"' + "k" * 997 + '":1}'
    dirt = {'{"a":NaN}': '{"a":null}', '{"a":"\\n"}': '{"a":"?"}', '{"a":1,}': '{"a":1}'}
    for raw, text in dirt.items():
        for row in range(255, 270):
            rows = [clean] * 300
            rows[row] = raw
            assert made_strict(*rows, trusted=True) == [text if r == raw else r for r in rows]


@given(st.integers(0, 40), st.sampled_from(["NaN", "inf", "-Infinity"]))
def test_dirt_is_found_across_the_edges_of_the_pieces_that_are_scanned(shift, word):
    long = '{"a":"' + "x" * ((1 << 18) - 30 + shift) + '","b":'
    found = made_strict(f"{long}{word}}}", f"{long}[1,]}}", trusted=True)
    assert found == [f"{long}null}}", f"{long}[1]}}"]


dicts = st.dictionaries(st.text(), values, max_size=5).filter(lambda value: not meets(value))


@given(st.lists(dicts, min_size=1, max_size=6), st.booleans(), st.booleans(), st.booleans())
def test_strict_text_says_what_the_raw_text_said(rows, ascii_only, pretty, trusted):
    raw = [json.dumps(row, ensure_ascii=ascii_only, indent=1 if pretty else None) for row in rows]
    for row, text in zip(rows, made_strict(*raw, trusted=trusted), strict=True):
        assert text is not None
        assert "\n" not in text
        assert json.dumps(strict(text)) == json.dumps(shown_floats(row))


def shown_floats(row: dict[str, object]) -> object:
    """As a reader sees it, numbers as Python's json reads them."""
    return strict(json.dumps(shown(row), default=float))


pieces = st.sampled_from(
    [
        *("{", "}", "[", "]", ",", ":", '"', '"a"', '"\\n"', "\\", "\\u", "1", "-", " ", "\n"),
        *("NaN", "inf", "null", "true", "\x01", "\x04", "\x85", "\ud7ff", "\\ud800", '{"a":'),
        '"b\\u0000":',
    ]
)


@given(st.lists(st.lists(pieces, max_size=12).map("".join), min_size=1, max_size=8))
def test_whatever_the_text_what_is_let_through_is_strict(raw):
    wrapped = [f'{{"a":{text}}}' for text in raw] + raw
    for text in made_strict(*wrapped):
        if text not in (None, "bad"):
            assert isinstance(json.loads(text, parse_constant=pytest.fail), dict)
            assert shown(text) == text
