"""The parts of the reader kit that no test can run: what Spark and BigQuery are told."""

import ast
import json
import re
from dataclasses import replace

import pytest

from shared.domain.choices import Compression, DataType, Format
from shared.domain.reader_bigquery import ADDRESSES_MAX, addresses
from shared.domain.reader_kit import Group, Tool, reader_kit
from tests.domain.makers import recurring

NAMES = tuple(
    f"17-18-Buy-{day}-{index}-db-1.json" for day in (20261119, 20261120) for index in (0, 1)
)


def kit(groups=(), **choices):
    spec = replace(recurring(), **{"bucket": "gs://partner-feed"} | choices)
    return reader_kit(spec, 1, 17, groups)


def bigquery(groups, **choices):
    load, table = kit(groups, **choices).only(Tool.BIGQUERY).snippets
    return load.text, table.text


def test_bigquery_steps_over_the_name_of_the_event_and_says_it_itself():
    load, table = bigquery([Group(NAMES, "Buy")])
    assert load.startswith("LOAD DATA OVERWRITE my_dataset.sluice_17_Buy_lines (line STRING)\nFROM")
    assert table.startswith("CREATE OR REPLACE EXTERNAL TABLE my_dataset.sluice_17_Buy_files_lines")
    for text in load, table:
        assert "skip_leading_rows = 1" in text
        assert 'SELECT "Buy" AS eventName' in text
        assert all(f'"gs://partner-feed/{name}"' in text for name in NAMES)


def test_without_the_first_line_bigquery_reads_json_as_such():
    load, _ = bigquery([Group(NAMES, "Buy")], first_line=False)
    assert "format = 'JSON'" in load
    assert "eventProps JSON" in load
    assert "skip_leading_rows" not in load


def test_csv_columns_are_declared_under_names_that_bigquery_takes():
    columns = ("ts", "eventName", "eventProps.CT Source", "eventProps.CT-Source", "eventProps.ü")
    load, table = bigquery([Group(NAMES, "Buy", columns)], format=Format.CSV)
    declared = "(ts INT64, eventName STRING, eventProps_CT_Source STRING, eventProps_CT_Source_2"
    assert declared in load
    assert declared in table


@pytest.mark.parametrize("codec", list(Compression))
def test_parquet_is_parquet_whatever_its_codec(codec):
    load, _ = bigquery([Group(NAMES, "Buy")], format=Format.PARQUET, compression=codec)
    assert "format = 'PARQUET'" in load
    assert "compression" not in load


def test_packed_text_is_said_to_be_packed():
    load, _ = bigquery([Group(NAMES, "Buy")], compression=Compression.GZIP)
    assert "compression = 'GZIP'" in load


def test_every_event_has_a_table_of_its_own():
    events = ["Buy", "Buy!", "Buy?", "buy now", "Ünï", "x" * 200, "x" * 201]
    load, _ = bigquery([Group((f"17-18-{n}.json",), name) for n, name in enumerate(events)])
    tables = re.findall(r"LOAD DATA OVERWRITE my_dataset\.(\w+)", load)
    assert len(set(tables)) == len(events)


def test_an_event_name_cannot_break_out_of_its_quotes():
    name = 'a" OR "\\"\n`'
    load, _ = bigquery([Group(NAMES, name)])
    assert f"SELECT {json.dumps(name)} AS eventName" in load


def test_many_files_are_told_by_day_with_one_star_an_address():
    many = [f"17-18-Buy-20261120-{n}-db-1.json" for n in range(ADDRESSES_MAX + 1)]
    assert addresses("gs://b", many, profiles=False) == ["gs://b/17-18-Buy-20261120-*"]
    assert addresses("gs://b", ["1*2*3-20261120-0-db.json"], profiles=False) == ["gs://b/1*"]


def test_a_folder_is_no_place_for_bigquery_and_the_kit_says_so():
    found = kit([Group(NAMES, "Buy")], bucket="file:///srv/out%20side")
    texts = {snippet.tool: snippet.text for snippet in found.snippets}
    assert "gs://YOUR-BUCKET/17-18-Buy" in texts[Tool.BIGQUERY]
    assert "/srv/out side/_manifests/17-*.json" in texts[Tool.DUCKDB]
    assert any("copy the folder into a bucket" in note for note in found.notes)


@pytest.mark.parametrize("bucket", ["gs://partner-feed", "file:///srv/out"])
@pytest.mark.parametrize("data_type", [DataType.ALL_EVENTS, DataType.ALL_USER_PROPERTIES])
@pytest.mark.parametrize("file_format", list(Format))
def test_python_snippets_are_legal_and_import_what_they_use(bucket, data_type, file_format):
    found = kit(bucket=bucket, data_type=data_type, format=file_format)
    for snippet in found.snippets:
        if snippet.language == "python":
            imported = {
                alias.asname or alias.name.split(".")[0]
                for node in ast.walk(ast.parse(snippet.text))
                if isinstance(node, ast.Import | ast.ImportFrom)
                for alias in node.names
            }
            for name in ("json", "io", "gzip", "re", "pd", "storage", "Path", "F"):
                used = re.search(rf"\b{name}[.(]", snippet.text) is not None
                assert used <= (name in imported), name
