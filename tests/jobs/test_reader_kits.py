"""The reader kit's snippets, run as they are on files that were really delivered."""

import json
from collections import Counter
from contextlib import closing
from datetime import timedelta
from secrets import token_hex

import duckdb
import pytest
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery as bq

from shared.config import Limits
from shared.domain.exports import Compression, DataType, Format
from shared.domain.reader_kit import Tool
from shared.errors import InvalidInput
from shared.jobs.manage_exports import edit_export
from shared.jobs.reader_kits import reader_kit_of
from tests.jobs.samples import mixed_events, profiles
from tests.warehouse_rows import event

pytestmark = pytest.mark.kept_open

# As names of files these are patterns, and the third looks like a row of JSON.
ODD = ["Buy [now]?*", 'He said "it\'s"', '{"profile":1}', "Line\nbreak"]
SHAPES = [
    (file_format, compression)
    for file_format in Format
    for compression in (Compression.NONE, Compression.GZIP)
]


def kit(house, export, **choices):
    return reader_kit_of(house.services, 1, export.export_id, **choices)


def text_of(found, tool):
    [snippet] = found.only(tool).snippets
    return snippet.text


def with_duckdb(text):
    """The rows of the last statement, by column name."""
    with duckdb.connect() as connection:
        *before, rows = connection.extract_statements(text)
        for statement in before:
            connection.execute(statement)
        found: list[dict] = connection.sql(rows.query).to_arrow_table().to_pylist()
        return found


def with_pandas(text):
    """The rows of `table` after running the snippet."""
    variables = {}
    exec(compile(text, "snippet", "exec"), variables)
    return variables["table"].to_dict("records")


def deliver(house, rows, **choices):
    house.load(rows, "profiles" if choices["data_type"].is_profiles else "events")
    export = house.export(**choices)
    house.finish()
    return export


READ = {"duckdb": (Tool.DUCKDB, with_duckdb), "pandas": (Tool.PANDAS, with_pandas)}


def loaded():
    return [*mixed_events(60), *[event(900 + n, event_name=name) for n, name in enumerate(ODD)]]


def props_of(row):
    """The properties id and n of a row, however its format lays them out."""
    if "eventProps" not in row:
        return row["eventProps.id"], int(row["eventProps.n"])
    props = row["eventProps"]
    props = json.loads(props) if isinstance(props, str) else dict(props)
    return props["id"], int(props["n"])


@pytest.mark.parametrize("tool", READ)
@pytest.mark.parametrize(("file_format", "compression"), SHAPES)
def test_every_event_is_read_once_under_its_name(house, tool, file_format, compression):
    rows = loaded()
    export = deliver(
        house, rows, data_type=DataType.ALL_EVENTS, format=file_format, compression=compression
    )
    name, read = READ[tool]
    found = read(text_of(kit(house, export), name))
    key = "event_name" if "event_name" in found[0] else "eventName"
    shown = {raw: raw.replace("\n", "?") for raw in ODD} if key == "eventName" else {}
    if tool == "pandas" and file_format is Format.JSON:
        shown = {}
    wanted = Counter(
        (shown.get(row["event_name"], row["event_name"]), row["event_id"]) for row in rows
    )
    assert Counter((row[key], props_of(row)[0]) for row in found) == wanted


@pytest.mark.parametrize("tool", READ)
@pytest.mark.parametrize(("file_format", "compression"), SHAPES)
def test_every_profile_is_read_once(house, tool, file_format, compression):
    rows = profiles(range(50))
    export = deliver(
        house,
        rows,
        data_type=DataType.ALL_USER_PROPERTIES,
        format=file_format,
        compression=compression,
    )
    name, read = READ[tool]
    found = read(text_of(kit(house, export), name))
    if "profile" in found[0]:
        found = [json.loads(row["profile"]) for row in found]
    assert Counter(row["objectId"] for row in found) == Counter(row["object_id"] for row in rows)


@pytest.mark.parametrize("tool", READ)
def test_files_without_a_first_line_lose_no_row(house, tool):
    rows = mixed_events(30)
    export = deliver(house, rows, data_type=DataType.ALL_EVENTS, first_line=False)
    found_kit = kit(house, export)
    name, read = READ[tool]
    found = read(text_of(found_kit, name))
    assert sorted(props_of(row)[0] for row in found) == [row["event_id"] for row in rows]
    assert not any("first line" in note for note in found_kit.notes)


@pytest.mark.parametrize("tool", READ)
def test_numbers_beyond_64_bits_and_rows_of_3_mb_stay_as_they_are(build, tool):
    house = build(limits=Limits())
    wide = 123456789012345678901234567890
    rows = [event(1, props={"wide": wide}), event(2, props={"long": "x" * 3_000_000})]
    export = deliver(house, rows, data_type=DataType.ALL_EVENTS)
    name, read = READ[tool]
    found = {props_of(row)[0]: row["eventProps"] for row in read(text_of(kit(house, export), name))}
    props = {key: json.loads(v) if isinstance(v, str) else v for key, v in found.items()}
    assert props["e000001"]["wide"] == wide
    assert len(props["e000002"]["long"]) == 3_000_000


@pytest.mark.parametrize("tool", READ)
def test_what_no_manifest_lists_is_not_read(house, tool):
    export = deliver(house, mixed_events(9), data_type=DataType.ALL_EVENTS)
    [run] = house.runs(export)
    stray = house.bucket / f"{export.export_id}-{run.stamp + 1}-Buy-20261119-0-db-1.json"
    stray.write_text('Buy\n{"profile":{"identity":""},"ts":20261119000000}\n')
    name, read = READ[tool]
    assert len(read(text_of(kit(house, export), name))) == 9


@pytest.mark.parametrize("tool", READ)
def test_of_a_window_that_was_delivered_again_the_newest_delivery_is_read(house, tool):
    export = deliver(house, mixed_events(9), data_type=DataType.ALL_EVENTS)
    [run] = house.runs(export)
    manifest = house.bucket / "_manifests" / f"{export.export_id}-{run.stamp}.json"
    content = json.loads(manifest.read_text())
    again = content | {"run_stamp": run.stamp + 60, "kind": "replay", "replaces": run.stamp}
    again["files"] = content["files"][:1]
    more = content | {"run_stamp": run.stamp + 90, "kind": "supplement"}
    old, new = more | {"replaces": run.stamp}, more | {"replaces": run.stamp + 60}
    new |= {"run_stamp": run.stamp + 91, "files": content["files"][1:2]}
    for each in again, old, new:
        path = manifest.with_name(f"{export.export_id}-{each['run_stamp']}.json")
        path.write_text(json.dumps(each))
    name, read = READ[tool]
    rows = [file["rows"] for file in content["files"][:2]]
    assert len(read(text_of(kit(house, export), name))) == sum(rows)


@pytest.mark.parametrize("tool", READ)
def test_windows_from_before_an_edit_are_left_out_and_said_to_be(house, tool):
    house.load(mixed_events(30))
    export = house.recurring(24, start_on=house.now.date() - timedelta(days=1))
    house.finish()
    edit_export(house.services, 1, export.export_id, format=Format.CSV)
    house.now += timedelta(days=1)
    late = [event(500, ts=house.now - timedelta(hours=20))]
    house.load(late)
    house.finish()
    found_kit = kit(house, export)
    name, read = READ[tool]
    found = read(text_of(found_kit, name))
    assert [props_of(row)[0] for row in found] == ["e000500"]
    assert any(note.startswith("1 window was delivered before") for note in found_kit.notes)


def test_an_unknown_event_or_export_is_refused(house):
    export = deliver(house, mixed_events(9), data_type=DataType.ALL_EVENTS)
    with pytest.raises(InvalidInput, match="No file of an event 'Bye' was delivered"):
        kit(house, export, event="Bye")
    with pytest.raises(InvalidInput, match="has no export 5"):
        reader_kit_of(house.services, 1, 5)


def test_before_anything_is_delivered_bigquery_has_to_wait(house):
    house.load(mixed_events(9))
    found = kit(house, house.export())
    assert {snippet.tool for snippet in found.snippets} == set(Tool) - {Tool.BIGQUERY}
    assert any("once a window has been delivered" in note for note in found.notes)


@pytest.mark.parametrize("file_format", list(Format))
def test_pandas_reads_from_cloud_storage(house, cloud_bucket, file_format):
    rows = mixed_events(12)
    export = deliver(
        house,
        rows,
        data_type=DataType.ALL_EVENTS,
        format=file_format,
        bucket=f"gs://{cloud_bucket}",
    )
    found = with_pandas(text_of(kit(house, export), Tool.PANDAS))
    assert sorted(props_of(row)[0] for row in found) == [row["event_id"] for row in rows]


@pytest.mark.parametrize("file_format", [Format.JSON, Format.XML])
def test_bigquery_takes_the_lines_apart(house, bigquery, file_format):
    """The emulator has no LOAD DATA and reads no files: the lines are put where that would."""
    rows = [event(number, event_name='He said "it\'s"') for number in range(5)]
    export = deliver(house, rows, data_type=DataType.ALL_EVENTS, format=file_format)
    load, _ = kit(house, export).only(Tool.BIGQUERY).snippets
    _, query = load.text.removesuffix(";").split(";\n")
    table = query.partition("FROM ")[2].split()[0]
    [path] = house.bucket.glob(f"*.{file_format}")
    lines = path.read_text().split("\n")[2 if file_format is Format.XML else 1 : -1]
    with closing(client_of(bigquery)) as client:
        client.create_dataset("my_dataset")
        made = bq.QueryJobConfig(
            query_parameters=[bq.ArrayQueryParameter("lines", "STRING", lines)]
        )
        create = f"CREATE TABLE {table} AS SELECT line FROM UNNEST(@lines) AS line"
        client.query(create, made).result(timeout=60)
        answer = client.query(query).result(timeout=60)
        # The emulator may write names of columns in lower case.
        found = [{name.lower(): value for name, value in row.items()} for row in answer]
    assert len(found) == 5
    assert {row["eventname"] for row in found} == {'He said "it\'s"'}
    assert sorted(row["ts"] for row in found) == [20261119120000 + n for n in range(5)]


def client_of(server):
    return bq.Client(
        f"kit-{token_hex(4)}",
        credentials=AnonymousCredentials(),
        client_options=ClientOptions(api_endpoint=server.rest_url),
    )
