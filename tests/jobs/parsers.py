"""Reads delivered files with parsers that did not write them: json, csv, lxml and pyarrow."""

import csv
import gzip
import io
import json
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
from lxml import etree


@dataclass(frozen=True, slots=True)
class Row:
    """What the tests want to know of a delivered row."""

    # The property `id`, which the tests give to every row.
    marker: str
    identity: str
    # The local date of an event as yyyymmdd; "" for profiles.
    day: str
    deleted: bool = False


def unpacked(content: bytes, manifest: dict[str, Any]) -> bytes:
    """The payload of a text file; a Parquet file as it is."""
    packed = manifest["compression"] == "gzip" and manifest["format"] != "parquet"
    return gzip.decompress(content) if packed else content


def rows_of(payload: bytes, manifest: dict[str, Any], event_name: str | None) -> list[Row]:
    """The rows of one file; raises or asserts when the file is not what its format asks for."""
    profiles = manifest["data_type"] == "all_user_properties"
    parse = _PARSERS[manifest["format"], profiles]
    return parse(payload, manifest["time_zone"], event_name)


def _json_events(payload: bytes, zone: str, event_name: str | None) -> list[Row]:
    del zone
    lines = payload.decode("utf-8").split("\n")
    assert lines.pop() == ""
    if not lines[0].startswith("{"):
        assert lines.pop(0) == _shown(str(event_name))
    found = [json.loads(line, parse_constant=_no_constant) for line in lines]
    return [
        Row(each["eventProps"]["id"], each["profile"]["identity"], str(each["ts"])[:8])
        for each in found
    ]


def _json_profiles(payload: bytes, zone: str, event_name: str | None) -> list[Row]:
    del zone, event_name
    lines = payload.decode("utf-8").split("\n")
    assert lines.pop() == ""
    found = [json.loads(line, parse_constant=_no_constant) for line in lines]
    return [Row(each["id"], each["identity"], "", each.get("deleted", False)) for each in found]


def _csv_events(payload: bytes, zone: str, event_name: str | None) -> list[Row]:
    del zone
    found = _csv(payload)
    assert {each["eventName"] for each in found} == {_shown(str(event_name))}
    return [Row(each["eventProps.id"], each["profile.identity"], each["ts"][:8]) for each in found]


def _csv_profiles(payload: bytes, zone: str, event_name: str | None) -> list[Row]:
    del zone, event_name
    return [
        Row(each["id"], each["identity"], "", each.get("deleted") == "true")
        for each in _csv(payload)
    ]


def _csv(payload: bytes) -> list[dict[str, str]]:
    reader = csv.reader(io.StringIO(payload.decode("utf-8"), newline=""), strict=True)
    header, *rows = list(reader)
    assert len(set(header)) == len(header)
    return [dict(zip(header, row, strict=True)) for row in rows]


def _xml_events(payload: bytes, zone: str, event_name: str | None) -> list[Row]:
    del zone
    root = etree.fromstring(payload)
    assert root.tag == "root"
    assert {each.findtext("eventName") for each in root} == {_shown(str(event_name))}
    return [
        Row(
            _entry(each, "eventProps", "id"),
            each.findtext("profile/identity"),
            each.findtext("ts")[:8],
        )
        for each in root.iterchildren("Event")
    ]


def _xml_profiles(payload: bytes, zone: str, event_name: str | None) -> list[Row]:
    del zone, event_name
    root = etree.fromstring(payload)
    return [
        Row(
            _entry(each, "profileProps", "id"),
            each.findtext("identity"),
            "",
            each.findtext("deleted") == "true",
        )
        for each in root.iterchildren("Profile")
    ]


def _entry(element: Any, parent: str, key: str) -> str:
    [value] = [
        entry.findtext("value")
        for entry in element.iterfind(f"{parent}/entry")
        if entry.findtext("key") == key
    ]
    return str(value)


def _parquet_events(payload: bytes, zone: str, event_name: str | None) -> list[Row]:
    table = _parquet(payload)
    assert table.schema.field("ts").type == pa.timestamp("us", "UTC")
    found = table.to_pylist()
    # A Parquet file holds the event's name as it is, so far as it has no control characters.
    assert {each["eventName"] for each in found} == {_shown(str(event_name))}
    return [
        Row(
            each["eventProps"]["id"],
            each["profile"]["identity"],
            each["ts"].astimezone(ZoneInfo(zone)).strftime("%Y%m%d"),
        )
        for each in found
    ]


def _parquet_profiles(payload: bytes, zone: str, event_name: str | None) -> list[Row]:
    del zone, event_name
    return [
        Row(each["profileProps"]["id"], each["identity"], "", bool(each.get("deleted")))
        for each in _parquet(payload).to_pylist()
    ]


def _parquet(payload: bytes) -> pa.Table:
    return pq.read_table(io.BytesIO(payload))


def _shown(name: str) -> str:
    """A name as files show it: its control characters as question marks."""
    return "".join("?" if char < " " or "\x7f" <= char <= "\x9f" else char for char in name)


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


_PARSERS = {
    ("json", False): _json_events,
    ("json", True): _json_profiles,
    ("csv", False): _csv_events,
    ("csv", True): _csv_profiles,
    ("xml", False): _xml_events,
    ("xml", True): _xml_profiles,
    ("parquet", False): _parquet_events,
    ("parquet", True): _parquet_profiles,
}
