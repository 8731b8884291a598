"""Only ids that need no quoting ever become part of a statement, an address or a job's id."""

import re

import pytest

from shared.adapters.bigquery_names import Place, place_of, quoted, snapshot_tables
from shared.errors import InvalidInput

GOOD = ("my-project-1", "warehouse", "staging", "EU")
ATTACKS = [
    "", " ", "a/b", "..", "a..b", "../etc", "a`b", "`", "a;b", "a; DROP TABLE x", "a--b", "a/*b*/",
    "a#b", "a'b", 'a"b', "a\\b", "a b", "a\nb", "data\n", "a\0b", "a.b", "a@b", "a?b", "a%60b",
    "ключ", "ａｂｃｄｅｆ", "a\u200bbcdef", "İdataset", "x" * 2_000, "(SELECT 1)", "$part", "*",
    "1=1", "-data",
]  # fmt: skip


@pytest.mark.parametrize("text", ATTACKS)
def test_no_other_text_becomes_a_project_a_dataset_a_location_or_a_table(text):
    for position in range(4):
        ids = [*GOOD[:position], text, *GOOD[position + 1 :]]
        with pytest.raises(InvalidInput, match="This is no "):
            Place(*ids)
    place = Place(*GOOD)
    for name in (place.table, place.staged, place.staged_id, place.staged_path):
        with pytest.raises(InvalidInput, match="This is no table id"):
            name(text)


@pytest.mark.parametrize("text", [*ATTACKS, "A", "a_b", "a-", "-a"])
def test_no_other_text_becomes_a_snapshot(text):
    with pytest.raises(InvalidInput, match="This is no snapshot id"):
        snapshot_tables(text)


@pytest.mark.parametrize("text", ATTACKS[1:])
def test_what_was_refused_is_not_repeated(text):
    with pytest.raises(InvalidInput) as caught:
        quoted(text, "warehouse", "events")
    told = re.sub(r"This is no project id of BigQuery: use such as my-project-1\.", "", str(caught))
    assert len(text) < 3 or text not in told


@pytest.mark.parametrize(
    ("project", "table"),
    [
        ("my-project-1", "`my-project-1.warehouse.events`"),
        ("example.com:my-project", "`example.com:my-project.warehouse.events`"),
    ],
)
def test_good_ids_stand_between_backticks(project, table):
    place = place_of(f"bigquery://{project}/warehouse?staging=Staging_2&location=europe-west3")
    assert place == Place(project, "warehouse", "Staging_2", "europe-west3")
    assert place.table("events") == table
    assert place.staged_id("a_1") == f"{project}.Staging_2.a_1"
    assert place.staged_path("a_1") == f"projects/{project}/datasets/Staging_2/tables/a_1"


@pytest.mark.parametrize(
    "url",
    [
        "bigquery://my-project-1/warehouse",
        "bigquery://my-project-1/warehouse?staging=s",
        "bigquery://my-project-1/warehouse?location=EU",
        "bigquery://my-project-1/warehouse?staging=s&location=EU&more=1",
        "bigquery://my-project-1/warehouse?staging=s&location=EU#x",
        "bigquery://my-project-1/?staging=s&location=EU",
        "bigquery:///warehouse?staging=s&location=EU",
        "bigquery://user:secret@my-project-1/warehouse?staging=s&location=EU",
        "bigquery://my-project-1:443/warehouse?staging=s&location=EU",
        "bigquery://my-project-1/a/b?staging=s&location=EU",
        "http://my-project-1/warehouse?staging=s&location=EU",
    ],
)
def test_an_address_of_another_form_is_refused(url):
    with pytest.raises(InvalidInput) as caught:
        place_of(url)
    assert "secret" not in caught.value.message
