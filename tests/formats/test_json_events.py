"""Events as JSON lines: the shape of a line, and that every value comes back as it was."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.choices import Format
from tests.formats.encoding import AT, EVENTS, batch, encode, strict

EVENT = {
    "event_id": "e1",
    "ts": AT,
    "identity": "dqsndckfk234",
    "object_id": "o-1",
    "all_identities": ["dqsndckfk234", 'a "b" \\ c'],
    "platform": "Web",
    "phone": "+919999999999",
    "name": "Zoë 😀",
    "email": "z@example.com",
    "push_token": "t1",
    "device": '{"make":"Acme","dimensions":{"width":1.50}}',
    "control_group": "A",
    "session_props": '{"utm":"x"}',
    "event_props": '{"CT Source":"API","Price":-6.1975594,"Big":123456789012345678901234567890}',
}


def test_a_line_has_its_keys_in_order_and_the_texts_of_values_as_they_came():
    assert encode([EVENT], replace(EVENTS, first_line=True)).lines == [
        "Charged",
        '{"profile":{"identity":"dqsndckfk234","objectId":"o-1",'
        '"all_identities":["dqsndckfk234","a \\"b\\" \\\\ c"],"platform":"Web",'
        '"phone":"+919999999999","name":"Zoë 😀","email":"z@example.com","push_token":"t1"},'
        '"ts":20171108230015,"deviceInfo":{"make":"Acme","dimensions":{"width":1.50}},'
        '"controlGroupName":"A","eventProps":{"CT Source":"API","Price":-6.1975594,'
        '"Big":123456789012345678901234567890},"sessionProps":{"utm":"x"}}',
    ]


def test_absent_keys_are_left_out_and_identity_is_always_there():
    rows = [{}, {**EVENT, "phone": None, "device": None}, {"event_props": "null"}]
    bare = {"profile": {"identity": ""}, "ts": 20171108230015}
    first, second, third = encode(rows).objects
    assert (first, third) == (bare, bare)
    assert "phone" not in second["profile"]
    assert "deviceInfo" not in second
    assert second["profile"]["name"] == "Zoë 😀"


def test_missing_columns_are_like_missing_values():
    only = batch([EVENT]).select(["event_id", "ts"])
    assert encode(only).objects == [{"profile": {"identity": ""}, "ts": 20171108230015}]


def test_null_elements_of_identities_are_left_out_and_an_empty_list_stays():
    rows = [{"all_identities": ["a", None, "b\n"]}, {"all_identities": []}]
    found = [line["profile"]["all_identities"] for line in encode(rows).objects]
    assert found == [["a", "b?"], []]


def test_the_first_line_is_the_bare_event_name_and_can_be_switched_off():
    made = encode([{}], replace(EVENTS, first_line=True), 'a\tb\r\n"c" \x85')
    assert made.lines[0] == 'a?b??"c" ?'
    assert encode([{}], EVENTS, "x").lines[0].startswith("{")


def test_time_is_written_in_the_zone_of_the_account():
    berlin = replace(EVENTS, time_zone="Europe/Berlin")
    assert encode([{}], berlin).objects[0]["ts"] == 20171109000015


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("true", '"true"'),
        ("30107", '"30107"'),
        ("-1.50E+3", '"-1.50E+3"'),
        ("null", "null"),
        ('"false"', '"false"'),
        ('{"x": ["a\\"b", {}]}', '"{\\"x\\": [\\"a\\\\\\"b\\", {}]}"'),
        ("[1, 2]", '"[1, 2]"'),
        ("[]", '"[]"'),
        ("123456789012345678901234567890", '"123456789012345678901234567890"'),
    ],
)
def test_as_string_makes_every_property_value_a_string(value, text):
    row = dict.fromkeys(("event_props", "session_props"), f'{{"b\\"c" : {value} ,"a":1}}')
    line = encode([row, {}], replace(EVENTS, as_string=True)).lines[0]
    assert f'"eventProps":{{"b\\"c":{text},"a":"1"}}' in line
    assert f'"sessionProps":{{"b\\"c":{text},"a":"1"}}' in line


def test_as_string_leaves_the_frame_and_the_device_as_they_are():
    line = encode([EVENT], replace(EVENTS, as_string=True)).objects[0]
    assert line["ts"] == 20171108230015
    assert line["deviceInfo"]["dimensions"]["width"] == 1.5


def test_five_hundred_properties_and_values_of_a_megabyte_come_through():
    props = {f"property {n}": n for n in range(500)} | {"long": "é" * 500_000}
    rows = [{"event_id": f"e{n}", "event_props": json.dumps(props)} for n in range(12)]
    for layout in (EVENTS, replace(EVENTS, as_string=True)):
        found = encode(rows, layout).objects
        assert len(found) == 12
        assert found[11]["eventProps"] == {
            name: str(value) if layout.as_string else value for name, value in props.items()
        }


numbers = st.integers() | st.decimals(allow_nan=False, allow_infinity=False).map(float)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
texts = st.none() | st.text()


def shown(value: object) -> object:
    """What the reader of a file sees of a value: no control characters and no lone surrogates."""
    match value:
        case str():
            return "".join("?" if ord(c) < 32 or 127 <= ord(c) < 160 else c for c in value)
        case list():
            return [shown(inner) for inner in value]
        case dict():
            return {shown(key): shown(inner) for key, inner in value.items()}
        case float():
            return Decimal(repr(value))
    return value


def meets(value: object) -> bool:
    if isinstance(value, dict):
        return len({shown(k) for k in value}) < len(value) or any(map(meets, value.values()))
    return isinstance(value, list) and any(map(meets, value))


@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "identity": texts,
                "phone": texts,
                "all_identities": st.none() | st.lists(st.text(), max_size=3),
                "props": st.dictionaries(st.text(), values, max_size=5).filter(
                    lambda value: not meets(value)
                ),
            }
        ),
        min_size=1,
        max_size=8,
    ),
    ascii_only=st.booleans(),
    spaces=st.booleans(),
    parsed=st.booleans(),
)
def test_whatever_goes_in_comes_out_of_a_strict_parser(rows, ascii_only, spaces, parsed):
    separators = (" , ", " : ") if spaces else (",", ":")
    encoded = [
        row
        | {"event_props": json.dumps(row["props"], ensure_ascii=ascii_only, separators=separators)}
        for row in rows
    ]
    found = [
        json.loads(line, parse_float=Decimal)
        for line in encode(batch(encoded, parsed=parsed)).lines
    ]
    expected = [
        {
            "profile": {"identity": shown(row["identity"] or "")}
            | {key: shown(row[key]) for key in ("all_identities", "phone") if row[key] is not None},
            "ts": 20171108230015,
            "eventProps": shown(row["props"]),
        }
        for row in rows
    ]
    assert found == expected


def test_duckdb_reads_the_lines_too(tmp_path: Path):
    rows = [EVENT, {"event_props": '{"a":NaN,"b":"x\\ny"}'}, {}]
    path = tmp_path / "events.json"
    path.write_bytes(encode(rows).contents[0])
    read = duckdb.sql(
        f"SELECT profile.identity, ts, eventProps FROM read_json('{path}', "
        "format='newline_delimited', columns={profile: 'STRUCT(identity VARCHAR)', "
        "ts: 'BIGINT', eventProps: 'JSON'})"
    ).fetchall()
    assert [row[:2] for row in read] == [
        ("dqsndckfk234", 20171108230015),
        ("", 20171108230015),
        ("", 20171108230015),
    ]
    assert strict(read[1][2]) == {"a": None, "b": "x?y"}


def test_the_golden_file_of_events_has_not_changed(golden):
    layout = replace(EVENTS, first_line=True, time_zone="Europe/Berlin", format=Format.JSON)
    odd = {
        "event_id": "e2",
        "ts": AT + 1,
        "email": "tab\there",
        "event_props": '{ "a\\n" : [ 1 , NaN , ], "a\\t" : "\\ud800 \\ud83d\\ude00 \\\\n" }',
    }
    golden("events.json", encode([EVENT, odd, {}], layout).contents[0])
    golden(
        "events-as-string.json", encode([EVENT, odd], replace(layout, as_string=True)).contents[0]
    )
