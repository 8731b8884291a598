"""Rows of an import are checked and mapped: each is taken as it should be, or has its reason."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.identity_rules import REFUSED, identity_fault
from shared.domain.import_columns import ColumnKind, FieldType, SourceColumn
from shared.domain.import_mapping import Kind, Mapping, Property
from shared.domain.watermarks import Watermark
from shared.errors import Transient
from shared.loading.check import Checker
from shared.loading.mapped import CELL_BYTES_MAX

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
K, F = ColumnKind, FieldType


def events(*properties, **choices):
    usual = {"kind": Kind.EVENTS, "identity": "id", "created_on": "at", "event_name": "E"}
    return Mapping(**usual | choices, properties=tuple(properties))


def checked(tmp_path, mapping, table, kinds, since=None):
    """(rows as staged, checker, file) of a table whose columns are in the mapping's order."""
    columns = [SourceColumn(name, kinds.get(name, K.STRING)) for name in mapping.columns]
    checker = Checker(mapping, columns, since, 7, json_as_text=True, memory_mb=200)
    out = tmp_path / "rows.parquet"
    out.unlink(missing_ok=True)
    written = checker.write(iter(table.select(list(mapping.columns)).to_batches()), out)
    assert written == table.num_rows == checker.found.rows
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        rows = con.sql(f"FROM '{out}' ORDER BY n").to_arrow_table().to_pylist()
    return rows, checker, out


def reasons(tmp_path, mapping, table, kinds):
    return [row["reason"] for row in checked(tmp_path, mapping, table, kinds)[0]]


TIMES = {"at": K.TIMESTAMP}


def people(*identities):
    return pa.table({"id": pa.array(identities, pa.string()), "at": [AT] * len(identities)})


def test_a_row_becomes_an_event(tmp_path):
    mapping = events(
        Property("p", "Price", F.FLOAT), event_name=None, event_name_column="what",
        extra=(("email", "mail"), ("event_id", "key")),
    )  # fmt: skip
    table = pa.table(
        {"id": [5], "at": [AT], "what": ["Bought"], "mail": ["a@b.c"], "key": ["k1"], "p": [1.5]}
    )
    [row], checker, _ = checked(tmp_path, mapping, table, TIMES | {"id": K.INTEGER, "p": K.FLOAT})
    assert row["reason"] is None
    assert (row["event_id"], row["event_name"], row["identity"], row["email"], row["ts"]) == (
        "k1", "Bought", "5", "a@b.c", AT,
    )  # fmt: skip
    assert json.loads(row["event_props"]) == {"Price": 1.5}
    assert (checker.found.rejected, checker.found.by_reason) == (0, {})


def test_a_row_becomes_a_profile_known_by_its_identity(tmp_path):
    mapping = Mapping(kind=Kind.PROFILES, identity="id", properties=(Property("x", "X", F.STRING),))
    [row], _, _ = checked(tmp_path, mapping, pa.table({"id": ["u"], "x": ["y"]}), {})
    assert (row["object_id"], row["identity"], row["props"]) == ("u", "u", '{"X":"y"}')


@pytest.mark.parametrize("word", [*sorted(REFUSED), "NULL", " N/A ", "", "   ", None])
def test_words_that_stand_for_nobody_are_rejected_with_the_reason_of_the_domain(tmp_path, word):
    assert reasons(tmp_path, events(), people(word, "u"), TIMES) == [identity_fault(word), None]


def test_an_identity_that_is_too_long_is_rejected(tmp_path):
    found = reasons(tmp_path, events(), people("é" * 1_025, "é" * 1_024), TIMES)
    assert found == [identity_fault("é" * 1_025), None]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=1))
def test_whatever_the_identities_sql_and_domain_agree(tmp_path_factory, identities):
    folder = tmp_path_factory.mktemp("check")
    found = reasons(folder, events(), people(*identities), TIMES)
    expected = [identity_fault(each) for each in identities]
    for one, other, text in zip(found, expected, identities, strict=True):
        # Python knows rare kinds of white space that SQL does not trim.
        if text.strip() == text.strip(" \t\n\v\f\r\xa0") and text.isascii():
            assert (one, text) == (other, text)


CASES = [
    (F.STRING, pa.array(["a", "", None]), K.STRING, ['"a"', '""', None], 0),
    (F.STRING, pa.array([1, 2]), K.INTEGER, ['"1"', '"2"'], 0),
    (F.STRING, pa.array([[1, 2]]), K.JSON, ['"[1,2]"'], 0),
    (F.INTEGER, pa.array(["7", " -8 ", "7.0", "7.5", "x", "1e3", ""]), K.STRING,
     ["7", "-8", "7", None, None, None, None], 3),
    (F.INTEGER, pa.array([1.0, 2.5, float("nan"), None]), K.FLOAT, ["1", None, None, None], 2),
    (F.INTEGER, pa.array([2**62]), K.INTEGER, [str(2**62)], 0),
    (F.INTEGER, pa.array([Decimal("5.00"), Decimal("5.50")]), K.DECIMAL, ["5", None], 1),
    (F.FLOAT, pa.array(["1.5", "-2", "1e3", "inf", "x", None]), K.STRING,
     ["1.5", "-2", "1000.0", None, None, None], 2),
    (F.FLOAT, pa.array([1.25, float("inf"), None]), K.FLOAT, ["1.25", None, None], 0),
    (F.FLOAT, pa.array([Decimal("12345678901234567890.12")]), K.DECIMAL,
     ["12345678901234567890.12"], 0),
    (F.FLOAT, pa.array([[1.5]]), K.JSON, [None], 1),
    (F.BOOLEAN, pa.array(["true", "False", "maybe", ""]), K.STRING,
     ["true", "false", None, None], 1),
    (F.BOOLEAN, pa.array([True, None]), K.BOOLEAN, ["true", None], 0),
    (F.DATE, pa.array(["2026-11-20", "2026-02-30", "2026-11-20T10:00:00+02:00", "soon"]), K.STRING,
     ['"2026-11-20"', None, '"2026-11-20T08:00:00.000000Z"', None], 2),
    (F.DATE, pa.array([date(2026, 11, 20)]), K.DATE, ['"2026-11-20"'], 0),
    (F.DATE, pa.array([AT]), K.TIMESTAMP, ['"2026-11-20T12:00:00.000000Z"'], 0),
    (F.DATE, pa.array([datetime(2026, 11, 20)]), K.DATETIME,  # noqa: DTZ001
     ['"2026-11-20T00:00:00.000000Z"'], 0),
    (F.JSON, pa.array(['{"a": [1]}', "not json", None]), K.JSON,
     ['{"a":[1]}', '"not json"', None], 0),
    (F.JSON, pa.array([{"a": 1}]), K.JSON, ['{"a":1}'], 0),
    (F.JSON, pa.array([b"ok"]), K.BYTES, ['"ok"'], 0),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "values", "kind", "expected", "rejected"), CASES)
def test_values_become_what_was_chosen_or_are_rejected(
    tmp_path, wanted, values, kind, expected, rejected
):
    table = pa.table({"id": [f"u{n}" for n in range(len(values))], "at": [AT] * len(values)})
    table = table.append_column("p", values)
    mapping = events(Property("p", 'it\'s "P"', wanted))
    rows, checker, _ = checked(tmp_path, mapping, table, TIMES | {"p": kind})
    assert checker.found.rejected == rejected
    for row, text in zip(rows, expected, strict=True):
        if row["reason"] is None:
            found = json.loads(row["event_props"] or "{}").get('it\'s "P"')
            assert found == (None if text is None else json.loads(text))
            if text is not None:
                assert f":{text}}}" in row["event_props"]
        else:
            assert text is None
            assert row["reason"].startswith('the property it\'s "P" is no ')


def test_times_that_cannot_be_read_and_names_that_are_missing_are_rejected(tmp_path):
    mapping = events(event_name=None, event_name_column="what", updated_on="up")
    table = pa.table(
        {
            "id": ["a", "b", "c", "d"],
            "at": ["2026-11-20", "soon", None, "2026-11-20"],
            "what": ["x", "x", "x", ""],
            "up": pa.array([None, AT, AT, AT], pa.timestamp("us", "UTC")),
        }
    )
    found = reasons(tmp_path, mapping, table, {"up": K.TIMESTAMP})
    assert found == [
        "*Updated On* is empty", "unreadable time in *Created On*", "no time in *Created On*",
        "no event name",
    ]  # fmt: skip


def test_values_of_many_megabytes_and_bytes_that_are_no_text_are_rejected(tmp_path):
    mapping = events(Property("big", "big", F.STRING), Property("raw", "raw", F.STRING))
    table = pa.table(
        {
            "id": ["a", "b", "c"],
            "at": [AT] * 3,
            "big": ["x" * 10_000_000, "x", "x" * CELL_BYTES_MAX],
            "raw": [b"x", b"\xff", b"x"],
        }
    )
    rows, checker, out = checked(tmp_path, mapping, table, TIMES | {"raw": K.BYTES})
    assert [row["reason"] for row in rows] == [
        "a value has more than 2,000,000 bytes", "not UTF-8 text", None,
    ]  # fmt: skip
    kept = checker.rejects(out, limit=9)
    assert [each.row for each in kept] == [1, 2]
    assert json.loads(kept[0].values) == {
        "id": "a",
        "at": "2026-11-20 12:00:00+00",
        "big": None,
        "raw": "x",
    }
    assert len(checker.rejects(out, limit=1)) == 1


def test_the_watermark_is_the_highest_and_ties_are_marked(tmp_path):
    mapping = events(updated_on="up")
    table = pa.table({"id": ["a", "b", "c"], "at": [AT] * 3, "up": [3, 9, None]})
    since = Watermark(K.INTEGER, 3)
    rows, checker, _ = checked(tmp_path, mapping, table, TIMES | {"up": K.INTEGER}, since)
    assert checker.found.highest == 9
    assert [(row["version"], row["tie"]) for row in rows] == [(3, True), (9, False), (None, False)]


def test_events_without_an_id_get_one_of_their_content_and_of_updated_on(tmp_path):
    mapping = events(updated_on="up")
    table = pa.table({"id": ["a", "a", "a"], "at": [AT] * 3, "up": [1, 1, 2]})
    rows, _, _ = checked(tmp_path, mapping, table, TIMES | {"up": K.INTEGER})
    ids = [row["event_id"] for row in rows]
    assert ids[0] == ids[1] != ids[2]
    assert [row["hashed"] for row in rows] == [True] * 3


def test_two_hundred_properties_are_read_side_by_side(tmp_path):
    names = [f"c {n}'" for n in range(200)]
    mapping = events(*(Property(name, name, F.INTEGER) for name in names))
    table = pa.table({"id": ["u"], "at": [AT], **{name: ["7"] for name in names}})
    [row], _, _ = checked(tmp_path, mapping, table, TIMES)
    assert json.loads(row["event_props"]) == dict.fromkeys(names, 7)


def test_no_rows_write_no_file(tmp_path):
    checker = Checker(
        events(), [SourceColumn("id", K.STRING)], None, 7, json_as_text=False, memory_mb=100
    )
    assert checker.write(iter([]), tmp_path / "rows.parquet") == 0
    assert not (tmp_path / "rows.parquet").exists()


def test_a_source_that_breaks_off_is_told_as_it_says(tmp_path):
    def broken():
        yield from people("a").to_batches()
        raise Transient("Later.", reason="warehouse-busy")

    columns = [SourceColumn("id", K.STRING), SourceColumn("at", K.TIMESTAMP)]
    checker = Checker(events(), columns, None, 7, json_as_text=True, memory_mb=200)
    with pytest.raises(Transient, match="Later"):
        checker.write(broken(), tmp_path / "rows.parquet")


def test_a_number_that_no_warehouse_holds_is_none(tmp_path):
    """One of them would keep the publish of all others from being made."""
    table = pa.table({"id": ["a", "b"], "at": [AT] * 2, "p": ["9" * 400, "9" * 300]})
    found = reasons(tmp_path, events(Property("p", "p", F.FLOAT)), table, TIMES)
    assert found == ["the property p is no number", None]
