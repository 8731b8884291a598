"""The type that a property gets from the types of its values."""

import hashlib

import duckdb
import pytest

from shared.formats.schema import merge_types, schema_of, value_type_sql


@pytest.mark.parametrize(
    ("types", "merged"),
    [
        (["BOOLEAN"], "bool"),
        (["BOOLEAN", "NULL"], "bool"),
        (["BIGINT"], "int64"),
        (["UBIGINT", "BIGINT", "WIDE", "NULL"], "int64"),
        (["DOUBLE"], "double"),
        (["DOUBLE", "UBIGINT", "BIGINT"], "double"),
        (["DOUBLE", "WIDE"], "string"),
        (["HUGEINT"], "string"),
        (["HUGEINT", "BIGINT"], "string"),
        (["VARCHAR"], "string"),
        (["VARCHAR", "BIGINT"], "string"),
        (["BOOLEAN", "BIGINT"], "string"),
        (["OBJECT"], "json"),
        (["ARRAY", "OBJECT", "NULL"], "json"),
        (["OBJECT", "VARCHAR"], "string"),
        (["NULL"], "string"),
        ([], "string"),
        (["SOMETHING NEW"], "string"),
    ],
)
def test_a_type_holds_every_value_of_the_property(types, merged):
    assert merge_types(types) == merged


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("1", "BIGINT"),
        ("-9007199254740992", "BIGINT"),
        ("9007199254740993", "WIDE"),
        ("-9223372036854775808", "WIDE"),
        ("9223372036854775808", "HUGEINT"),
        ("-9223372036854775809", "HUGEINT"),
        ("123456789012345678901234567890", "HUGEINT"),
        ("1.5", "DOUBLE"),
        ("1e22", "DOUBLE"),
        ("1e400", "HUGEINT"),
        ("NaN", "NULL"),
        ("-Infinity", "NULL"),
        ("null", "NULL"),
        ("true", "BOOLEAN"),
        ('"1"', "VARCHAR"),
        ('{"a":1}', "OBJECT"),
        ("[1]", "ARRAY"),
    ],
)
def test_the_warehouse_tells_numbers_apart_that_json_type_does_not(value, kind):
    found = value_type_sql("json_type(p, '/a')", "json_extract_string(p, '/a')")
    query = f"SELECT {found} FROM (SELECT ? AS p)"
    assert duckdb.execute(query, [f'{{"a":{value}}}']).fetchall() == [(kind,)]


def test_a_schema_shows_names_as_files_do_and_in_order():
    found = schema_of({"b": ["BIGINT"], "a\tx": ["VARCHAR"], "A": ["DOUBLE"]})
    assert list(found.items()) == [("A", "double"), ("a?x", "string"), ("b", "int64")]


def test_names_that_become_equal_share_a_type_since_a_row_with_one_shows_the_plain_name():
    found = schema_of({"a\nb": ["BIGINT"], "a?b": ["VARCHAR"]})
    later = hashlib.sha256(b"a?b").hexdigest()[:8]
    assert found == {"a?b": "string", f"a?b~{later}": "string"}
