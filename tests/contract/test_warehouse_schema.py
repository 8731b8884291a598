"""Which properties the warehouse finds in a window, and their types."""

import json

import pytest

from shared.ports import SchemaDetail
from tests.adapters.selections import selection
from tests.warehouse_rows import event, profile

ODD_KEYS = [
    "", " ", "a/b", "a~b", "~1", "a.b", "$", "$.a", "a'b", 'a"b', "a\\b", "*", "0", "[0]", "ключ",
    "🙂", "a\tb", "a\nb", "SELECT", "a;--", "#", "?", "x" * 300,
]  # fmt: skip


def found(store, *props, detail=SchemaDetail.TYPES):
    """The schema of one event with these rows' properties, each its JSON text."""
    as_of = store.load([event(n, props=text) for n, text in enumerate(props)])
    return store.schema(selection(as_of), detail).get("Page View", {})


TYPES = [
    (["true", "false"], "bool"),
    (["1", "-7", "0"], "int64"),
    (["9223372036854775807", "-9223372036854775808"], "int64"),
    (["1.5", "-6.1975594"], "double"),
    (["1", "1.5"], "double"),
    (["1e3"], "double"),
    (['"text"', '""'], "string"),
    (['"30107"'], "string"),
    (['{"a": 1}', "{}"], "json"),
    (["[1, 2]", "[]"], "json"),
    (['{"a": 1}', "[1]"], "json"),
    (["1", '"1"'], "string"),
    (["true", "1"], "string"),
    (["true", '"true"'], "string"),
    (["1", "null"], "int64"),
    (["null", '"a"'], "string"),
    (["9007199254740993", "1.5"], "string"),
    (["1", "9007199254740993"], "int64"),
    (["7", '"in: 1234567890123456"'], "string"),
    (['"at :1234567890123456"'], "string"),
]
BEYOND_64_BITS = [
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "123456789012345678901234567890",
    "1" + "0" * 60,
]


def kinds_found(store, cases):
    """The type found for each case: the values of one property of one event."""
    rows = [
        event(n, props=f'{{"p": {value}}}', event_name=f"{n:03d}", event_id=f"{n}-{at}")
        for n, values in enumerate(cases)
        for at, value in enumerate(values)
    ]
    schema = store.schema(selection(store.load(rows)), SchemaDetail.TYPES)
    return [schema[f"{n:03d}"]["p"] for n in range(len(cases))]


def test_a_property_has_the_type_that_holds_all_its_values(store):
    found = kinds_found(store, [values for values, _ in TYPES])
    assert found == [kind for _, kind in TYPES]


def test_whole_numbers_beyond_64_bits_make_a_property_text_so_that_none_is_lost(store):
    cases = [[value, beside] for value in BEYOND_64_BITS for beside in ("1", "2.5", "null")]
    assert kinds_found(store, cases) == ["string"] * len(cases)


def test_rows_with_large_numbers_are_told_from_rows_without_properties(store):
    assert found(store, "{}", '{"p": \t1234567890123456789, "q": 1}', "{}", '{"r": ""}') == {
        **{"p": "int64", "q": "int64", "r": "string"}
    }


def test_a_property_that_is_always_null_is_found(store):
    assert list(found(store, '{"p": null}')) == ["p"]


@pytest.mark.parametrize("detail", [SchemaDetail.KEYS, SchemaDetail.TYPES])
def test_every_property_is_found_whatever_its_name_is_made_of(store, detail):
    props = {key: number for number, key in enumerate(ODD_KEYS)}
    schema = found(store, json.dumps(props), "{}", detail=detail)
    if detail is SchemaDetail.TYPES:
        schema |= dict.fromkeys(store.misread_names & schema.keys(), "int64")
    kind = "string" if detail is SchemaDetail.KEYS else "int64"
    # Two of the names differ in a control character only; the later one gets its hash.
    shown = {key for key in ODD_KEYS if key.isprintable()} | {"a?b", "a?b~7e18f737"}
    assert schema == dict.fromkeys(shown, kind)


def test_hundreds_of_properties_are_found_event_by_event(store):
    def props(event_no: int) -> str:
        return "{" + ", ".join(f'"p{event_no}-{n}": {n}' for n in range(120)) + "}"

    rows = [event(n, event_name=f"event {n}", props=props(n)) for n in range(5)]
    schema = store.schema(selection(store.load(rows)), SchemaDetail.TYPES)
    assert schema == {
        f"event {n}": dict.fromkeys((f"p{n}-{k}" for k in range(120)), "int64") for n in range(5)
    }


def test_events_and_sessions_have_schemas_of_their_own(store):
    rows = [
        event(1, props='{"a": 1}', session_props='{"a": "text", "b": true}'),
        event(2, props='{"a": "x"}', event_name="Buy"),
        event(3, props=None, event_name="Bare", event_props=None),
    ]
    as_of = store.load(rows)
    assert store.schema(selection(as_of), SchemaDetail.TYPES) == {
        "Page View": {"a": "int64"},
        "Buy": {"a": "string"},
        "session:Page View": {"a": "string", "b": "bool"},
    }


def test_only_the_window_counts(store):
    first = store.load([event(1, props='{"a": 1}')])
    store.load([event(2, props='{"b": 1}')])
    assert store.schema(selection(first), SchemaDetail.TYPES) == {"Page View": {"a": "int64"}}


@pytest.mark.parametrize("detail", list(SchemaDetail))
def test_properties_that_are_no_object_add_nothing(store, detail):
    bad = ["[1]", "7", '"text"', "null", "[]", '[{"p": 1}]']
    schema = found(store, *bad, '{"q": 1}', detail=detail)
    assert set(schema) == (set() if detail is SchemaDetail.NONE else {"q"})


def test_profiles_have_one_schema(store):
    rows = [profile(1, props='{"a": 1}'), profile(2, props='{"a": 2.5, "b": []}')]
    as_of = store.load(rows, "profiles")
    chosen = selection(as_of, profiles=True, time_column="updated_at", start_at=None)
    assert store.schema(chosen, SchemaDetail.TYPES) == {"profiles": {"a": "double", "b": "json"}}
    assert store.schema(chosen, SchemaDetail.KEYS) == {"profiles": {"a": "string", "b": "string"}}
