"""The names of objects, exactly: formats, codecs, collisions and cuts by table."""

from datetime import date
from itertools import islice

import pytest

from shared.domain.exports import Compression, Format
from shared.domain.names import candidate_forms, event_form, hashed
from tests.domain.makers import digits, names

DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("file_format", "compression", "extension"),
    [
        (Format.JSON, Compression.NONE, "json"),
        (Format.JSON, Compression.GZIP, "json.gz"),
        (Format.CSV, Compression.NONE, "csv"),
        (Format.CSV, Compression.GZIP, "csv.gz"),
        (Format.XML, Compression.NONE, "xml"),
        (Format.XML, Compression.GZIP, "xml.gz"),
        (Format.PARQUET, Compression.GZIP, "parquet.gzip"),
        (Format.PARQUET, Compression.NONE, "parquet"),
        (Format.PARQUET, Compression.SNAPPY, "parquet"),
        (Format.PARQUET, Compression.ZSTD, "parquet"),
    ],
)
def test_event_files_are_named_by_request_run_event_date_index_and_database(
    file_format, compression, extension
):
    name = names(file_format, compression).event_file("App-Launched", "App Launched", DAY, 3)
    assert name == f"1700000000-1763596800-App-Launched-20261120-3-db-1.{extension}"


@pytest.mark.parametrize(
    ("file_format", "compression", "single", "indexed"),
    [
        (Format.JSON, Compression.GZIP, "db-1-json.gz", "db-1-2-json.gz"),
        (Format.CSV, Compression.GZIP, "db-1-csv.gz", "db-1-2-csv.gz"),
        (Format.XML, Compression.NONE, "db-1.xml", "db-1-2.xml"),
        (Format.PARQUET, Compression.GZIP, "db-1-parquet.gzip", "db-1-2-parquet.gzip"),
        (Format.PARQUET, Compression.ZSTD, "db-1.parquet", "db-1-2.parquet"),
    ],
)
def test_profile_files_begin_with_the_account_and_end_with_the_format(
    file_format, compression, single, indexed
):
    run = names(file_format, compression)
    assert run.profile_file(None) == f"7-1700000000-1763596800-{single}"
    assert run.profile_file(2) == f"7-1700000000-1763596800-{indexed}"


def test_manifests_and_rejects_stand_apart_from_the_data():
    run = names(prefix="team/")
    assert run.manifest() == "_manifests/1700000000-1763596800.json"
    assert run.rejects(12) == "_rejects/1700000000-1763596800-12.json"


@pytest.mark.parametrize(
    ("raw", "form"),
    [
        ("Charged", "Charged"),
        ("App Launched", "App-Launched"),
        ("a\tb\nc\rd\x0be\x0cf/g\0h", "a-b-c-d-e-f-g-h"),
        ("a\x85b\u2028c\u2029d\xa0e\u3000f", "a-b-c-d-e-f"),
        ("a\x01b\x1bc\x7fd\x9fe\x1cf", "a?b?c?d?e?f"),
        ("\ud800x\udfff", "?x?"),
        ("Größe 🙂 价格", "Größe-🙂-价格"),
        ('<>:"\\|?*#[]~%', '<>:"\\|?*#[]~%'),
        ("..", ".."),
        ("", ""),
        ("x" * 255, "x" * 255),
        ("x" * 256, "x" * 246 + "~" + digits("x" * 256)),
    ],
)
def test_the_form_of_an_event_name_holds_no_white_space_slash_or_control_character(raw, form):
    assert event_form(raw) == form


def test_a_second_name_with_the_same_form_gets_8_digits_of_its_hash_then_more():
    raw = "a\tb"
    assert hashed("a-b", raw) == "a-b~" + digits(raw)
    forms = list(islice(candidate_forms(raw), 18))
    assert forms[:3] == ["a-b", "a-b~" + digits(raw), "a-b~" + digits(raw, 12)]
    assert forms[15:] == ["a-b~" + digits(raw, 64) + end for end in ("", "~1", "~2")]


def test_a_segment_over_255_bytes_is_cut_and_gets_the_hash():
    raw = "ä" * 120
    name = names().event_file(event_form(raw), raw, DAY, 0)
    middle = name.removeprefix("1700000000-1763596800-").removesuffix("-20261120-0-db-1.json")
    assert middle == "ä" * 101 + "~" + digits(raw)
    assert len(name.encode()) in (254, 255)
    fits = "x" * 212
    assert len(names().event_file(fits, fits, DAY, 0)) == 255
    assert fits in names().event_file(fits, fits, DAY, 0)


def test_no_event_can_take_the_name_that_a_longer_one_has_after_its_cut():
    long = "x" * 5_000
    name = names().event_file(event_form(long), long, DAY, 0)
    imitation = name.removeprefix("1700000000-1763596800-").removesuffix("-20261120-0-db-1.json")
    assert event_form(imitation) != event_form(long)
    assert names().event_file(event_form(imitation), imitation, DAY, 0) != name
