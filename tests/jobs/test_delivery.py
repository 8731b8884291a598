"""A whole delivery, from rows in the warehouse to files that their manifest proves."""

import json
from datetime import date, timedelta

import pytest

from shared.config import Limits
from shared.domain.exports import (
    Account,
    Compression,
    DataType,
    ExportStatus,
    Format,
    Frequency,
)
from shared.domain.runs import RunStatus
from tests.jobs.oracle import assert_delivered, objects
from tests.jobs.samples import LARGE, ids, mixed_events, profiles
from tests.warehouse_rows import HOUR, NOW, event, events

pytestmark = pytest.mark.kept_open

SHAPES = [
    *[(form, c) for form in ("json", "csv", "xml") for c in ("none", "gzip")],
    *[("parquet", codec) for codec in ("none", "gzip", "snappy", "zstd")],
]
FORMATS = list(Format)


def shape(name: str, compression: str) -> dict:
    return {"format": Format(name), "compression": Compression(compression)}


@pytest.mark.parametrize(("name", "compression"), SHAPES)
def test_every_event_is_in_exactly_one_file_of_every_shape(house, name, compression):
    rows = mixed_events()
    house.load(rows)
    export = house.export(**shape(name, compression))
    house.finish()
    [delivery] = assert_delivered(house, export, ids(rows))
    run = house.run(export)
    assert run.slices_total > 4
    assert {file["index"] for file in delivery.manifest["files"] if file["event_name"] == LARGE} > {
        0,
        1,
    }
    assert delivery.manifest["kind"] == "one_time"
    assert house.again(export).status is ExportStatus.DONE
    assert list((house.folder / "staging").iterdir()) == []


@pytest.mark.parametrize(("name", "compression"), SHAPES)
def test_every_profile_is_in_exactly_one_file_of_every_shape(house, name, compression):
    rows = profiles(range(200))
    house.load(rows, "profiles")
    export = house.export(data_type=DataType.ALL_USER_PROPERTIES, **shape(name, compression))
    house.finish()
    [delivery] = assert_delivered(house, export, ids(rows, "object_id"))
    assert [file["index"] for file in delivery.manifest["files"]] == list(
        range(house.run(export).slices_total)
    )
    head = f"1-{export.export_id}-{house.run(export).stamp}-db-1-0"
    ending = {
        "parquet": "-parquet.gzip" if compression == "gzip" else ".parquet",
    }.get(name, f"-{name}.gz" if compression == "gzip" else f".{name}")
    assert delivery.names[0] == head + ending


def test_profiles_that_fit_one_file_are_named_without_an_index(house):
    house.load(profiles(range(3)), "profiles")
    export = house.export(data_type=DataType.ALL_USER_PROPERTIES)
    house.finish()
    [delivery] = assert_delivered(house, export, [f"o{n:06d}" for n in range(3)])
    stamp = delivery.manifest["run_stamp"]
    assert delivery.names == [f"1-{export.export_id}-{stamp}-db-1-json.gz"]


def test_only_the_selected_events_are_delivered(house):
    rows = mixed_events(60)
    house.load(rows)
    chosen = {"Buy", "Search"}
    export = house.export(data_type=DataType.SELECT_EVENTS, events=tuple(chosen))
    house.finish()
    assert_delivered(house, export, ids(r for r in rows if r["event_name"] in chosen))


def test_a_one_time_export_takes_whole_local_days(build):
    zone = "America/New_York"
    house = build()
    house.put_account(Account(1, "db-1", zone))
    first = NOW - timedelta(days=2, hours=7)  # 18 November, 05:00 UTC: midnight in New York
    tick = timedelta(microseconds=1)
    moments = [first - tick, first, first + 24 * HOUR - tick, first + 24 * HOUR]
    house.load([event(n, ts=at) for n, at in enumerate(moments)])
    export = house.export(start_on=date(2026, 11, 18), end_on=date(2026, 11, 18))
    house.finish()
    [delivery] = assert_delivered(house, export, ["e000001", "e000002"])
    assert delivery.manifest["time_zone"] == zone
    assert [file["event_date"] for file in delivery.manifest["files"]] == ["2026-11-18"]


def test_an_empty_window_is_delivered_as_a_manifest_without_files(house):
    house.load(mixed_events(20))
    export = house.export(start_on=date(2026, 11, 1), end_on=date(2026, 11, 2))
    house.finish()
    [delivery] = assert_delivered(house, export, [])
    assert delivery.manifest["files"] == delivery.manifest["rejects"] == []
    assert delivery.manifest["rows_expected"] == 0
    assert len(objects(house)) == 1


@pytest.mark.parametrize("data_type", [DataType.ALL_EVENTS, DataType.ALL_USER_PROPERTIES])
@pytest.mark.parametrize("name", FORMATS)
def test_a_warehouse_without_a_row_is_delivered_as_well(house, name, data_type):
    export = house.export(format=name, data_type=data_type)
    house.finish()
    assert_delivered(house, export, [])


@pytest.mark.parametrize("name", FORMATS)
def test_files_that_would_grow_too_big_continue_under_further_indexes(build, name):
    # The planner reckons with bytes of JSON lines; with this limit its estimate is far too low.
    house = build(limits=Limits(slice_bytes=60_000, slice_files=3, file_bytes_max=9_000))
    rows = events(range(400))
    house.load(rows)
    export = house.export(format=name, compression=Compression.NONE)
    house.finish()
    [delivery] = assert_delivered(house, export, ids(rows))
    parts = house.run(export).slices_total
    indexes = [file["index"] for file in delivery.manifest["files"]]
    assert parts > 1
    assert len(indexes) > 2 * parts
    # Part p continues as p + parts, p + 2 parts, ... so that no two parts can meet.
    for part in range(parts):
        mine = [index for index in indexes if index % parts == part]
        assert mine == list(range(part, part + parts * len(mine), parts))


def test_profile_files_that_grow_too_big_carry_an_index_from_the_second_on(build):
    house = build(limits=Limits(slice_bytes=100_000, file_bytes_max=9_000))
    rows = profiles(range(150))
    house.load(rows, "profiles")
    export = house.export(data_type=DataType.ALL_USER_PROPERTIES, compression=Compression.NONE)
    house.finish()
    [delivery] = assert_delivered(house, export, ids(rows, "object_id"))
    head = f"1-{export.export_id}-{house.run(export).stamp}-db-1"
    assert delivery.names == [
        f"{head}.json",
        *[f"{head}-{n}.json" for n in range(1, len(delivery.names))],
    ]
    assert len(delivery.names) > 2


def test_duplicate_rows_are_delivered_once_and_counted(house):
    rows = mixed_events()
    house.load(rows)
    house.load(rows[:40])
    export = house.export()
    house.finish()
    [delivery] = assert_delivered(house, export, ids(rows))
    assert delivery.manifest["rows_duplicate"] == 40
    assert delivery.manifest["rows_late"] == 0


def test_an_event_whose_rows_are_all_copies_of_others_gets_no_file(build):
    house = build(limits=Limits(slice_files=1))
    house.load([event(1, event_name="Buy"), event(2, event_name="Search")])
    house.load([event(1, event_name="Copy", ingested_at=NOW - HOUR)])
    export = house.export()
    house.finish()
    [delivery] = assert_delivered(house, export, ["e000001", "e000002"])
    assert {file["event_name"] for file in delivery.manifest["files"]} == {"Buy", "Search"}
    assert delivery.manifest["rows_duplicate"] == 1


def test_late_rows_are_delivered_with_their_window_and_counted(house):
    export = house.recurring(start_on=date(2026, 11, 19), hours=24)
    on_time = [event(n, ingested_at=NOW - 20 * HOUR, ts=NOW - 21 * HOUR) for n in range(30)]
    late = [event(n, ingested_at=NOW - 20 * HOUR, ts=NOW - 70 * HOUR) for n in range(40, 47)]
    house.load([*on_time, *late])
    house.finish()
    [delivery] = assert_delivered(house, export, ids([*on_time, *late]))
    assert delivery.manifest["rows_late"] == 7
    days = {file["event_date"] for file in delivery.manifest["files"]}
    assert days == {"2026-11-17", "2026-11-19"}


def test_an_option_of_the_file_frame_reaches_the_files(house):
    house.load([event(1)])
    export = house.export(first_line=False, as_string=True)
    house.finish()
    [delivery] = assert_delivered(house, export, ["e000001"])
    text = (house.bucket / delivery.names[0]).read_text(encoding="utf-8")
    assert json.loads(text)["eventProps"] == {"id": "e000001", "n": "1"}
    assert delivery.manifest["as_string"] is True


def test_a_delivered_run_is_over_and_messages_for_it_change_nothing(house):
    rows = mixed_events(50)
    house.load(rows)
    export = house.export()
    messages = house.planned(export)
    for message in messages:
        house.deliver(message)
    run = house.run(export)
    assert run.status is RunStatus.DONE
    plan_again = ("export-windows", {"account_id": 1, "run_id": run.run_id})
    for message in [*messages, plan_again]:
        assert house.deliver(message) is None
    assert house.run(export) == run
    assert house.take() == []
    assert_delivered(house, export, ids(rows))


@pytest.mark.parametrize("message", [{"run_id": 99}, {"run_id": 1, "account_id": 2}])
def test_a_message_for_what_is_not_there_changes_nothing(house, message):
    house.load(mixed_events(5))
    export = house.export(frequency=Frequency.ONE_TIME)
    content = {"account_id": 1} | message
    assert house.deliver(("export-windows", content)) is None
    assert house.deliver(("export-slices", content | {"slice_no": 0})) is None
    assert house.run(export).status is RunStatus.PENDING
    assert objects(house) == set()
