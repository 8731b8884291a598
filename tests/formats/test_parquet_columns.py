"""Parquet: columns and types of a file, and that DuckDB reads back what went in."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import OurFault
from shared.formats.files import Layout
from tests.formats.encoding import AT, Memory, encode
from tests.formats.parquet_rows import PARQUET, PARQUET_PROFILES, read
from tests.formats.property_rows import CLEAN, VALUES, as_json, schema_for
from tests.formats.sample_rows import EVENT_ROWS, EVENTS_SCHEMA, PROFILE_ROWS, PROFILES_SCHEMA


def props(rows: Sequence[dict[str, Any] | None], layout: Layout = PARQUET) -> list[Any]:
    """What comes back of these properties."""
    layout = replace(layout, schema={"Charged": schema_for(rows)})
    events = [{"event_props": None if row is None else as_json(row)} for row in rows]
    made = encode(events, layout)
    assert not made.rejects
    return [row.get("eventProps") for row in read(made.contents[0])]


def test_events_have_these_columns_and_values():
    (content,) = encode(EVENT_ROWS, replace(PARQUET, schema=EVENTS_SCHEMA)).contents
    assert str(pq.read_schema(Memory(content)).remove_metadata()) == str(
        pa.schema(
            [
                ("ts", pa.timestamp("us", "UTC")),
                ("eventName", pa.string()),
                ("profile", PROFILE_TYPE),
                ("deviceInfo", DEVICE_TYPE),
                ("controlGroupName", pa.string()),
                (
                    "eventProps",
                    pa.struct(
                        [
                            ("Amount", pa.float64()),
                            ("Big", pa.string()),
                            ("CT Source", pa.string()),
                            ("Gift", pa.bool_()),
                            ("Items", pa.string()),
                            ("Quantity", pa.int64()),
                        ]
                    ),
                ),
                ("sessionProps", pa.struct([("utm", pa.string())])),
            ]
        )
    )
    first, second, third = read(content)
    assert first == {
        "ts": AT,
        "eventName": "Charged",
        "profile": {
            "identity": "dqsndckfk234",
            "objectId": "o-1",
            "all_identities": ["dqsndckfk234", 'a "b", <c>'],
            "platform": "Web",
            "phone": "+919999999999",
            "name": "Zoë 😀",
            "email": "z@example.com",
            "push_token": "t1",
        },
        "deviceInfo": {
            **{"make": "A & B", "model": "X,1", "appVersion": None, "sdkVersion": None},
            **{"osVersion": None, "browser": "Chrome", "dpi": "2.5"},
            "dimensions": {"width": "1920", "height": "1080", "unit": "px"},
        },
        "controlGroupName": "A",
        "eventProps": {
            "Amount": -6.1975594,
            "Big": "123456789012345678901234567890",
            "CT Source": "API",
            "Gift": False,
            "Items": '[{"id":1,"name":"a \\"b\\""}]',
            "Quantity": 30107,
        },
        "sessionProps": {"utm": "x"},
    }
    assert (second["deviceInfo"], second["sessionProps"]) == (None, None)
    assert second["eventProps"] == {
        **{"Amount": None, "Big": "=1+1?", "CT Source": "", "Gift": None, "Items": None},
        "Quantity": -1,
    }
    assert third["eventProps"] is None
    assert third["profile"]["identity"] == "x"


PROFILE_TYPE = pa.struct(
    [
        ("identity", pa.string()),
        ("objectId", pa.string()),
        ("all_identities", pa.list_(pa.field("element", pa.string()))),
        *((name, pa.string()) for name in ("platform", "phone", "name", "email", "push_token")),
    ]
)
DEVICE_TYPE = pa.struct(
    [
        *(
            (name, pa.string())
            for name in (
                *("make", "model", "appVersion", "sdkVersion", "osVersion", "browser", "dpi"),
            )
        ),
        ("dimensions", pa.struct([(name, pa.string()) for name in ("width", "height", "unit")])),
    ]
)


def test_profiles_have_these_columns_and_values():
    (content,) = encode(PROFILE_ROWS, replace(PARQUET_PROFILES, schema=PROFILES_SCHEMA)).contents
    first, gone = read(content)
    assert list(first) == [
        *("identity", "all_identities", "objectId", "device", "commPrefs", "subscriptionGroups"),
        *("profileProps", "deleted"),
    ]
    assert first["all_identities"] == ["i1", "i2"]
    assert first["device"]["dimensions"] == {"width": "1", "height": None, "unit": None}
    assert first["commPrefs"] == {
        **{"MSG-webpush": None, "MSG-push": "true", "MSG-email": "false"},
        **{"MSG-sms": None, "MSG-whatsapp": None},
    }
    assert first["subscriptionGroups"] == {"Weekly <news>": "true"}
    assert first["profileProps"] == {
        **{"Email": "z@example.com", "Phone": "+919999999999", "Name": "Zoë, 😀", "Gender": "F"},
        **{"Age": 42, "Tags": '["a","b"]', "device": "tablet", "props.Email": "own"},
    }
    assert (first["deleted"], gone["deleted"]) == (False, True)
    assert (gone["device"], gone["commPrefs"], gone["subscriptionGroups"]) == (None, None, None)
    assert gone["profileProps"]["Age"] is None


def test_a_full_base_has_no_deletions():
    layout = replace(PARQUET_PROFILES, full_base=True)
    assert "deleted" not in read(encode([{"deleted": True}], layout).contents[0])[0]


def test_a_struct_without_fields_is_left_out():
    (row,) = read(encode([{}], PARQUET).contents[0])
    assert list(row) == ["ts", "eventName", "profile", "deviceInfo", "controlGroupName"]


@given(st.lists(st.none() | st.dictionaries(CLEAN, VALUES, max_size=6), min_size=1, max_size=6))
def test_every_value_comes_back_with_its_type(rows):
    schema = schema_for(rows)
    layout = replace(PARQUET, schema={"Charged": schema})
    events = [{"event_props": None if row is None else as_json(row)} for row in rows]
    made = encode(events, layout)
    assert not made.rejects
    # By position, since names that differ in case alone are shown with a hash.
    for row, found in zip(rows, read(made.contents[0]), strict=True):
        if row is None or not schema:
            assert found.get("eventProps") is None
            continue
        for name, value in zip(schema, found["eventProps"].values(), strict=True):
            assert value == expected(row.get(name), schema[name]), name


def expected(value: Any, kind: str) -> Any:
    """What a column of that type holds for the value."""
    if value is None or kind in ("bool", "int64") or (kind == "string" and isinstance(value, str)):
        return value
    if kind == "double":
        return float(value)

    class Same:
        """Equal to any JSON text of the value."""

        def __eq__(self, text: object) -> bool:
            return isinstance(text, str) and bool(json.loads(text) == value)

    return Same()


def test_as_string_makes_every_property_a_string():
    rows = [{"a": True, "b": 30107, "c": -6.5, "d": {"x": [1]}, "e": None, "f": "false"}]
    assert props(rows, replace(PARQUET, as_string=True)) == [
        {"a": "true", "b": "30107", "c": "-6.5", "d": '{"x":[1]}', "e": None, "f": "false"}
    ]


def test_a_property_without_a_name_gets_the_hash_alone():
    assert props([{"": 1}]) == [{"~e3b0c442": 1}]


def test_columns_that_differ_in_case_alone_are_kept_apart():
    (found,) = props([{"Price": 1, "price": 2, "PRICE": 3}])
    assert list(found.values()) == [3, 1, 2]
    names = list(found)
    assert names[0] == "PRICE"
    assert [name.split("~")[0] for name in names[1:]] == ["Price", "price"]
    assert len({name.lower() for name in names}) == 3


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("int64", "9223372036854775808"),
        ("int64", "-9223372036854775809"),
        ("int64", "123456789012345678901234567890"),
        ("int64", "1.5"),
        ("int64", '"007"'),
        ("int64", '"0x1F"'),
        ("int64", "true"),
        ("double", "9007199254740993"),
        ("double", "1e400"),
        ("double", '"nan"'),
        ("double", '"abc"'),
        ("double", "{}"),
        ("bool", "1"),
        ("bool", '"yes"'),
    ],
)
def test_a_value_that_does_not_fit_its_type_rejects_the_row_and_is_never_made_null(kind, value):
    good = {"int64": "-9223372036854775808", "double": "9007199254740992", "bool": "false"}[kind]
    rows = [
        {"event_id": "good", "event_props": f'{{"a":{good},"b":1}}'},
        {"event_id": "bad", "event_props": f'{{"a":{value},"b":2}}'},
        {"event_id": "none", "event_props": '{"a":null,"b":3}'},
    ]
    made = encode(rows, replace(PARQUET, schema={"Charged": {"a": kind, "b": "int64"}}))
    assert [(one.row_id, one.reason, one.detail) for one in made.rejects] == [
        ("bad", "property-type", f"a is no {kind}")
    ]
    found = [row["eventProps"] for row in read(made.contents[0])]
    assert found == [{"a": json.loads(good), "b": 1}, {"a": None, "b": 3}]


def test_a_file_of_nothing_but_rejects_is_not_written():
    rows = [{"event_props": '{"a":"x"}'}]
    made = encode(rows, replace(PARQUET, schema={"Charged": {"a": "int64"}}))
    assert (made.files, len(made.rejects)) == ([], 1)


def test_a_property_that_the_schema_misses_stops_the_file_instead_of_being_lost():
    many = {f"name {place}": "int64" for place in range(99)}
    for schema in {"Charged": {"a": "int64"}}, {}, {"Charged": many}:
        with pytest.raises(OurFault, match="schema"):
            encode([{"event_props": '{"a":1,"b":2}'}], replace(PARQUET, schema=schema))


def test_500_sparse_properties_and_a_megabyte_come_back():
    rows: list[dict[str, Any]] = [
        {f"name {place:03}": float(n) for place in range(n, 500, 7)} for n in range(40)
    ]
    rows.append({"text": "é" * 500_000})
    for row, found in zip(rows, props(rows), strict=True):
        assert {name: value for name, value in found.items() if value is not None} == row
