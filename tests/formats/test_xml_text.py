"""XML: the shape of a file, and that lxml reads back what went in."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from shared.domain.choices import Format
from tests.formats.encoding import EVENTS, PROFILES, batch, encode
from tests.formats.property_rows import CLEAN, PROPERTIES, as_json, same
from tests.formats.sample_rows import EVENT_ROWS, PROFILE_ROWS

XML = replace(EVENTS, format=Format.XML)
XML_PROFILES = replace(PROFILES, format=Format.XML)


def parsed(content: bytes) -> list[etree._Element]:
    """The elements of the root, by a parser that takes nothing malformed."""
    strict = etree.XMLParser(recover=False, resolve_entities=False, huge_tree=True)
    root = etree.fromstring(content, strict)
    assert root.tag == "root"
    return list(root)


def events(rows: Sequence[dict[str, Any]]) -> list[etree._Element]:
    (content,) = encode(rows, XML).contents
    return parsed(content)


def entries(row: etree._Element, tag: str = "eventProps") -> list[tuple[str, str | None]]:
    """The keys and values in order; None is an element without text."""
    found = row.findall(f"{tag}/entry")
    return [(entry.findtext("key") or "", entry.find("value").text) for entry in found]


def texts(row: etree._Element, path: str) -> list[str | None]:
    return [element.text for element in row.findall(path)]


def legal(text: str) -> str:
    """What XML can say of a text."""
    return text.replace("\ufffe", "?").replace("\uffff", "?")


def test_events_look_like_this(golden):
    (content,) = encode(EVENT_ROWS, XML).contents
    golden("events.xml", content)


def test_profiles_look_like_this(golden):
    (content,) = encode(PROFILE_ROWS, XML_PROFILES).contents
    golden("profiles.xml", content)


def test_a_file_is_a_root_with_one_element_a_line():
    (content,) = encode([{}, {"event_props": '{"a":"b"}'}], XML).contents
    lines = content.decode().split("\n")
    assert lines[:2] == ['<?xml version="1.0" encoding="UTF-8"?>', "<root>"]
    assert all(line.startswith("<Event>") and line.endswith("</Event>") for line in lines[2:4])
    assert lines[4:] == ["</root>", ""]


def test_what_a_row_has_not_is_left_out_and_identity_is_always_there():
    bare, empty = events([{}, {"event_props": "{}", "all_identities": [], "device": "{}"}])
    assert [child.tag for child in bare] == ["ts", "eventName", "profile"]
    assert [child.tag for child in bare.find("profile")] == ["identity"]
    assert [child.tag for child in empty] == [
        *("ts", "eventName", "profile", "deviceInfo", "eventProps"),
    ]
    assert [child.tag for child in empty.find("profile")] == ["identity"]


@given(st.lists(st.none() | PROPERTIES, min_size=1, max_size=6))
def test_every_property_comes_back_sorted_by_its_name(rows):
    # Twice: the second batch may go the way of rows that are all alike.
    found = events([{"event_props": None if row is None else as_json(row)} for row in rows * 2])
    for row, element in zip(rows * 2, found, strict=True):
        shown = entries(element)
        assert [key for key, _ in shown] == [legal(name) for name in sorted(row or {})]
        for name, (_, text) in zip(sorted(row or {}), shown, strict=True):
            value = (row or {})[name]
            if value is None:
                assert text is None
            elif isinstance(value, str):
                assert (text or "") == legal(value)
            elif not isinstance(value, list | dict):
                assert same(value, text)
            else:
                assert json.loads(text) == json.loads(legal(as_json(value)))  # type: ignore[arg-type]


@given(st.lists(st.tuples(CLEAN, CLEAN), min_size=1, max_size=4), st.booleans())
def test_rows_that_are_all_alike_come_out_like_any_other(pairs, ascii_only):
    """The fast way for them must not differ from the way of the first batch by one byte."""
    names = ["", "a&b", "a<b", "z"]
    rows = [dict(zip(names, [first, second, 1.5, True], strict=True)) for first, second in pairs]
    events = [{"event_props": json.dumps(row, ensure_ascii=ascii_only)} for row in rows]
    whole = encode(events, XML).contents
    again = encode([batch(events), batch(events[:1]), batch(events)], XML).lines
    lines = whole[0].decode().split("\n")
    middle = lines[2:-2]
    assert [line for line in again if line.startswith("<Event>")] == middle + middle[:1] + middle


@given(st.lists(st.none() | PROPERTIES, min_size=1, max_size=4), st.booleans())
def test_a_row_comes_out_the_same_whatever_came_before_it(rows, ascii_only):
    """An encoder's first batch never goes the fast way; later ones may, and must not differ."""
    texts = [row if row is None else json.dumps(row, ensure_ascii=ascii_only) for row in rows]
    events = [{"event_props": text} for text in texts]
    alone = [encode([event], XML).lines[2] for event in events]
    batches = [batch([event]) for event in events for _ in range(2)]
    after_others = encode([*batches, batch(events), batch(events)], XML).lines[2:-1]
    assert after_others == [line for line in alone for _ in range(2)] + alone * 2


def test_a_row_unlike_the_others_loses_nothing():
    alike = [{"event_props": '{"a":1,"b":"x"}'}]
    unlike = [
        {"event_props": text}
        for text in (
            *('{"a":1}', '{"a":1,"b":null}', '{"a":1,"b":2,"c":3}', '{"a":1,"c":2}', "{}"),
            *('{"b":"y","a":{"b":1}}', '{"a":"\\u0026","b":"\\u003c"}'),
        )
    ]
    batches = [piece for row in unlike for piece in (batch(alike), batch([row]))]
    content = encode(batches, XML).contents[0]
    assert [entries(row) for row in parsed(content)[1::2]] == [
        [("a", "1")],
        [("a", "1"), ("b", None)],
        [("a", "1"), ("b", "2"), ("c", "3")],
        [("a", "1"), ("c", "2")],
        [],
        [("a", '{"b":1}'), ("b", "y")],
        [("a", "&"), ("b", "<")],
    ]


def test_a_null_value_is_an_empty_element_and_an_empty_text_has_two_tags():
    (content,) = encode([{"event_props": '{"a":null,"b":""}'}], XML).contents
    assert b"<key>a</key><value/></entry>" in content
    assert b"<key>b</key><value></value></entry>" in content


def test_white_space_at_the_edges_is_kept():
    (row,) = events([{"name": "  x ", "event_props": '{" a ":"  "}'}])
    assert texts(row, "profile/name") == ["  x "]
    assert entries(row) == [(" a ", "  ")]


def test_characters_that_xml_forbids_become_question_marks():
    props = '{"a\\u0001\ufffe":"\\n\\u0000\uffff\\ud800"}'
    (row,) = events([{"name": "\ufffe\t", "event_props": props}])
    assert texts(row, "profile/name") == ["??"]
    assert entries(row) == [("a??", "????")]


def test_identities_repeat_and_the_event_name_is_escaped():
    content = encode([{"all_identities": ["a", "", "<&>"]}], XML, "A&B\n").contents[0]
    (row,) = parsed(content)
    assert texts(row, "profile/all_identities") == ["a", None, "<&>"]
    assert texts(row, "eventName") == ["A&B?"]


def test_device_fields_are_elements_where_xml_has_such_names():
    device = {
        "browser": "A&B",
        "dimensions": {"width": 1, "a b": None},
        "1st": "x",
        "xml:lang": "y",
        "b<c": "{",
        "list": [1],
        "none": None,
    }
    row, other = events([{"device": json.dumps(device)}, {"device": '{"browser":"C"}'}])
    info = row.find("deviceInfo")
    assert sorted(child.tag for child in info) == [
        *("browser", "dimensions", "entry", "entry", "entry", "list", "none"),
    ]
    assert texts(row, "deviceInfo/dimensions/width") == ["1"]
    assert entries(row, "deviceInfo/dimensions") == [("a b", None)]
    assert sorted(entries(row, "deviceInfo")) == [("1st", "x"), ("b<c", "{"), ("xml:lang", "y")]
    assert texts(row, "deviceInfo/list") == ["[1]"]
    assert texts(other, "deviceInfo/browser") == ["C"]


def test_500_properties_and_a_megabyte_come_back():
    big = {f"name {place:03}": "<&>" for place in range(500)} | {"big": "&" * 1_000_000}
    for _ in range(2):
        row, other = events([{"event_props": as_json(big)}, {"event_props": '{"big":"x"}'}])
        assert entries(row) == sorted(big.items())
        assert entries(other) == [("big", "x")]


def test_profile_properties_stand_in_order_and_give_way_to_columns():
    props = {"b": 1, "Photo": "p", "Gender": "F", "Email": "own", "props.Email": "x", "DOB": None}
    rows = [{"email": "e@x", "name": "N", "props": json.dumps(props)}, {"deleted": True}]
    first, gone = parsed(encode(rows, XML_PROFILES).contents[0])
    assert entries(first, "profileProps") == [
        *(("Email", "e@x"), ("Name", "N"), ("Gender", "F"), ("DOB", None), ("Photo", "p")),
        *(("b", "1"), ("props.Email", "own"), ("props.props.Email", "x")),
    ]
    assert first.find("deleted") is None
    assert gone[-1].tag == "deleted"
    assert gone[-1].text == "true"


def test_a_full_base_has_no_deletions():
    content = encode([{"deleted": True}], replace(XML_PROFILES, full_base=True)).contents[0]
    assert b"deleted" not in content
