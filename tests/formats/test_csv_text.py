"""CSV: the shape of a file, and that Python's csv module and DuckDB read back what went in."""

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.choices import Format
from shared.errors import OurFault
from shared.formats.files import Layout
from tests.formats.encoding import EVENTS, PROFILES, encode
from tests.formats.property_rows import PROPERTIES, as_json, same, schema_for
from tests.formats.sample_rows import (
    EVENT_ROWS,
    EVENTS_SCHEMA,
    PROFILE_ROWS,
    PROFILES_SCHEMA,
)

CSV = replace(EVENTS, format=Format.CSV)
CSV_PROFILES = replace(PROFILES, format=Format.CSV)


def parsed(content: bytes) -> list[dict[str, str]]:
    """The rows as Python's csv module reads them, every row as wide as the header."""
    usual = csv.field_size_limit(10_000_000)
    rows = list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))
    csv.field_size_limit(usual)
    assert len(set(rows[0])) == len(rows[0])
    assert {len(row) for row in rows} == {len(rows[0])}
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def of_properties(
    rows: Sequence[dict[str, Any] | None], layout: Layout = CSV, column: str = "event_props"
) -> bytes:
    """The file of events with these properties."""
    schema = {"Charged" if column == "event_props" else "session:Charged": schema_for(rows)}
    events = [{column: None if row is None else as_json(row)} for row in rows]
    (content,) = encode(events, replace(layout, schema=schema)).contents
    return content


def test_events_look_like_this(golden):
    (content,) = encode(EVENT_ROWS, replace(CSV, schema=EVENTS_SCHEMA)).contents
    golden("events.csv", content)


def test_profiles_look_like_this(golden):
    (content,) = encode(PROFILE_ROWS, replace(CSV_PROFILES, schema=PROFILES_SCHEMA)).contents
    golden("profiles.csv", content)


def test_a_file_has_a_header_and_lines_that_end_as_rfc_4180_has_it():
    (content,) = encode([{}, {}], CSV).contents
    assert content.endswith(b"\r\n")
    assert content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r") == 3
    assert content.split(b"\r\n")[0].decode() == (
        "ts,eventName,profile.identity,profile.objectId,profile.all_identities,profile.platform,"
        "profile.phone,profile.name,profile.email,profile.push_token,deviceInfo.make,"
        "deviceInfo.model,deviceInfo.appVersion,deviceInfo.sdkVersion,deviceInfo.osVersion,"
        "deviceInfo.browser,deviceInfo.dpi,deviceInfo.dimensions.width,"
        "deviceInfo.dimensions.height,deviceInfo.dimensions.unit,controlGroupName"
    )


def test_every_column_of_the_schema_stands_in_the_header_sorted_whatever_the_rows_have():
    schema = {"Charged": {"b": "string", "B": "string", "a": "int64"}, "session:Charged": {"s": ""}}
    (content,) = encode([{"event_props": '{"b":"x"}'}], replace(CSV, schema=schema)).contents
    header = content.decode().split("\r\n")[0].split(",")
    assert header[21:] == ["eventProps.B", "eventProps.a", "eventProps.b", "sessionProps.s"]


def test_missing_is_empty_and_the_empty_text_is_quoted():
    content = of_properties([{"a": "", "b": None}, {}, None, {"c": "x"}])
    ends = [line.rsplit(",", 3)[1:] for line in content.decode().split("\r\n")[1:-1]]
    assert ends == [['""', "", ""], ["", "", ""], ["", "", ""], ["", "", "x"]]


def test_an_unknown_identity_is_missing():
    (content,) = encode([{"identity": ""}, {"name": ""}], CSV).contents
    first, second = (line.split(",") for line in content.decode().split("\r\n")[1:3])
    assert (first[2], second[2], second[7]) == ("", "", '""')


@given(st.lists(st.none() | PROPERTIES, min_size=1, max_size=6))
def test_every_value_comes_back_through_pythons_csv_module(rows):
    for row, cells in zip(rows, parsed(of_properties(rows)), strict=True):
        for name, value in (row or {}).items():
            # The module cannot tell the empty text from a missing cell.
            cell = cells[f"eventProps.{name}"]
            assert cell == "" if value is None else same(value, cell)


@given(st.lists(PROPERTIES, min_size=1, max_size=4))
def test_every_value_comes_back_through_duckdb_which_tells_empty_from_missing(rows):
    with TemporaryDirectory() as folder:
        path = Path(folder, "events.csv")
        path.write_bytes(of_properties(rows, column="session_props"))
        table = duckdb.execute(
            "FROM read_csv(?, header = true, all_varchar = true, delim = ',', quote = '\"',"
            " escape = '\"', nullstr = '', allow_quoted_nulls = false, auto_detect = false,"
            " columns = ?)",
            [str(path), dict.fromkeys(parsed(path.read_bytes())[0], "VARCHAR")],
        )
        found = [row[21:] for row in table.fetchall()]
    names = sorted({name for row in rows for name in row})
    for row, cells in zip(rows, found, strict=True):
        assert all(same(row.get(name), cell) for name, cell in zip(names, cells, strict=True))


def test_500_sparse_properties_and_a_megabyte_come_back():
    rows: list[dict[str, Any]] = [
        {f"name {place % 500:03}": f"{place},{n}" for place in range(n, n * 40, 7)}
        for n in range(60)
    ]
    rows.append({"name 000": 'x"' * 500_000, "name 499": ""})
    found = parsed(of_properties(rows))
    for row, cells in zip(rows, found, strict=True):
        assert {k: v for k, v in cells.items() if k.startswith("eventProps.") and v} == {
            f"eventProps.{name}": value for name, value in row.items() if value
        }
    assert of_properties(rows).endswith(b'x"""' + 499 * b"," + b'""\r\n')


def test_control_characters_show_as_question_marks_however_they_came():
    rows = [{"event_props": '{"a\\tb":"1\\n2\\u0000\\u0085","c":{"d":"\\r\\\\n"}}', "name": "x\ny"}]
    schema = {"Charged": {"a?b": "string", "c": "json"}}
    (row,) = parsed(encode(rows, replace(CSV, schema=schema)).contents[0])
    assert row["eventProps.a?b"] == "1?2??"
    assert json.loads(row["eventProps.c"]) == {"d": "?\\n"}
    assert row["profile.name"] == "x?y"


def test_the_event_name_is_clean_and_quoted():
    (row,) = parsed(encode([{}], CSV, 'Line\nbreak, "1"').contents[0])
    assert row["eventName"] == 'Line?break, "1"'


def test_a_formula_is_defused_only_when_asked_for():
    props = '{"a":"=1+1","b":"@x","c":-5,"d":"a=1"}'
    rows = [{"phone": "+91", "name": "-x,", "event_props": props}]
    layout = replace(CSV, schema={"Charged": dict.fromkeys("abcd", "string")})
    names = ["profile.phone", "profile.name", *(f"eventProps.{name}" for name in "abcd")]
    (plain,) = parsed(encode(rows, layout).contents[0])
    assert [plain[name] for name in names] == ["+91", "-x,", "=1+1", "@x", "-5", "a=1"]
    (safe,) = parsed(encode(rows, replace(layout, formula_guard=True)).contents[0])
    assert [safe[name] for name in names] == ["'+91", "'-x,", "'=1+1", "'@x", "'-5", "a=1"]


def test_the_device_is_flattened_and_repeats_from_row_to_row():
    device = '{"make":"A,B","dpi":2,"dimensions":{"width":1,"unit":""},"other":1}'
    rows = [{"device": device}, {}, {"device": "{}"}, {"device": device}]
    (content,) = encode(rows, CSV).contents
    lines = [line.split(",", 10)[10] for line in content.decode().split("\r\n")[1:5]]
    full = '"A,B",,,,,,2,1,,"",'
    assert lines == [full, ",,,,,,,,,,", ",,,,,,,,,,", full]


def test_a_profile_property_gives_way_to_a_fixed_column():
    names = ["Email", "MSG-push", "props.device", "device", "deleted", "Photo", "plain"]
    schema = {"profiles": dict.fromkeys(names, "string")}
    props = {name: f"own {name}" for name in names}
    rows = [{"email": "e", "device": '{"make":"x"}', "props": json.dumps(props), "deleted": True}]
    (row,) = parsed(encode(rows, replace(CSV_PROFILES, schema=schema)).contents[0])
    assert (row["Email"], row["device"], row["deleted"]) == ("e", '{"make":"x"}', "true")
    assert row["Photo"] == "own Photo"
    assert row["props.device"] == "own device"
    assert row["props.props.device"] == "own props.device"
    assert list(row)[13:] == [
        *("Gender", "DOB", "Photo", "plain", "props.Email", "props.MSG-push", "props.deleted"),
        *("props.device", "props.props.device", "deleted"),
    ]


def test_a_full_base_has_no_column_for_deletions():
    content = encode([{}], replace(CSV_PROFILES, full_base=True)).contents[0]
    assert "deleted" not in parsed(content)[0]


def test_a_property_that_the_schema_misses_stops_the_file_instead_of_being_lost():
    many = {f"name {place}": "int64" for place in range(99)}
    for schema in {"Charged": {"a": "int64"}}, {}, {"Charged": many}:
        with pytest.raises(OurFault, match="schema"):
            encode([{"event_props": '{"a":1,"b":2}'}], replace(CSV, schema=schema))


def test_columns_that_would_be_equal_are_kept_apart():
    names = ["a\tb", "a?b"]
    rows = [{name: name for name in names}]
    (row,) = parsed(of_properties(rows))
    later = hashlib.sha256(b"a?b").hexdigest()[:8]
    assert row["eventProps.a?b"] == "a?b"
    assert row[f"eventProps.a?b~{later}"] == "a?b"
