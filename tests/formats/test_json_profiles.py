"""Profiles as JSON lines: fixed keys first, then the properties at top level in their order."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.encoding import PROFILES, encode
from tests.formats.test_json_events import meets, shown, values

PROFILE = {
    "object_id": "o-1",
    "identity": "id",
    "email": "a@example.com",
    "phone": "+91",
    "name": 'Ann "A" Lee',
    "all_identities": ["id", "a@example.com"],
    "device": '{"make":"Acme"}',
    "comm_prefs": '{"MSG-push":true,"MSG-email":false}',
    "subscription_groups": '{"news":true}',
    "props": '{"z":1.10,"Photo":"p","DOB":"1990-01-01","a":{"q":[1]},"Gender":"F","é":null}',
}


def test_a_line_has_the_fixed_keys_and_then_the_properties_in_order():
    assert encode([PROFILE], PROFILES, None).lines == [
        '{"identity":"id","all_identities":["id","a@example.com"],"objectId":"o-1",'
        '"device":{"make":"Acme"},"MSG-email":false,"MSG-push":true,'
        '"subscriptionGroups":{"news":true},"Email":"a@example.com","Phone":"+91",'
        '"Name":"Ann \\"A\\" Lee","Gender":"F","DOB":"1990-01-01","Photo":"p",'
        '"a":{"q":[1]},"z":1.10,"é":null}'
    ]


def test_a_profile_without_anything_is_an_object_all_the_same():
    rows = [{}, {"props": "{}", "comm_prefs": "{ }"}, {"props": "null"}]
    assert encode(rows, PROFILES, None).objects == [{"identity": "", "objectId": "o1"}] * 3


@pytest.mark.parametrize("full_base", [True, False])
def test_a_deleted_profile_is_a_tombstone_in_a_later_run_only(full_base):
    rows = [{**PROFILE, "deleted": True}, {**PROFILE, "deleted": False}, PROFILE]
    made = encode(rows, replace(PROFILES, full_base=full_base), None)
    assert [list(line)[-1] for line in made.objects] == ["é" if full_base else "deleted", "é", "é"]
    assert made.objects[0].get("deleted") is (None if full_base else True)


def test_a_property_that_would_meet_a_fixed_key_gets_a_name_of_its_own():
    names = ("identity", "objectId", "Email", "Name", "deleted", "MSG-push", "\\u0064evice")
    props = ",".join(f'"{name}":{n}' for n, name in enumerate(names))
    row = {**PROFILE, "props": f'{{{props},"props.Email":7,"email":8}}'}
    found = encode([row], PROFILES, None).objects[0]
    assert (found["identity"], found["Email"], found["MSG-push"]) == ("id", "a@example.com", True)
    moved = {key: value for key, value in found.items() if key.startswith("props.")}
    assert moved == {
        "props.identity": 0,
        "props.objectId": 1,
        "props.Email": 2,
        "props.Name": 3,
        "props.deleted": 4,
        "props.MSG-push": 5,
        "props.device": 6,
        "props.props.Email": 7,
    }
    assert found["email"] == 8


def test_a_preference_without_the_usual_beginning_gets_it_and_none_is_lost():
    row = {"comm_prefs": '{"push":1,"MSG-push":2,"sms":3}'}
    found = encode([row], PROFILES, None).objects[0]
    assert found["MSG-push"] == 2
    assert found["MSG-sms"] == 3
    assert sorted(v for k, v in found.items() if k.startswith("MSG-push")) == [1, 2]


def test_as_string_is_for_properties_alone():
    found = encode([PROFILE], replace(PROFILES, as_string=True), None).objects[0]
    assert found["MSG-push"] is True
    assert found["subscriptionGroups"] == {"news": True}
    assert (found["z"], found["a"], found["é"]) == ("1.10", '{"q":[1]}', None)


def test_five_hundred_properties_come_out_sorted():
    names = [f"p{n:03}" for n in range(500)]
    props = json.dumps({name: name for name in reversed(names)})
    made = encode([{"props": props}] * 40, PROFILES, None)
    assert list(made.objects[39])[2:] == names


@given(
    rows=st.lists(
        st.dictionaries(st.text(), values, max_size=6).filter(lambda value: not meets(value)),
        min_size=1,
        max_size=8,
    ),
    ascii_only=st.booleans(),
)
def test_every_property_comes_back_whatever_its_name(rows, ascii_only):
    encoded = [{"props": json.dumps(row, ensure_ascii=ascii_only)} for row in rows]
    fixed = {"identity": "", "objectId": "o1"}
    for row, line in zip(rows, encode(encoded, PROFILES, None).lines, strict=True):
        found = json.loads(line)
        first = [name for name in ("Gender", "DOB", "Photo") if name in found]
        assert list(found) == [*fixed, *first, *sorted(found.keys() - {*fixed, *first})]
        expected = json.loads(json.dumps(row)) | fixed
        assert shown({k.removeprefix("props."): v for k, v in found.items()}) == shown(expected)


def test_the_golden_file_of_profiles_has_not_changed(golden):
    rows = [PROFILE, {**PROFILE, "object_id": "o\t2", "deleted": True, "name": None}, {}]
    golden("profiles.json", encode(rows, PROFILES, None).contents[0])
