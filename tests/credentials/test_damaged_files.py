"""What is not one JSON object of the right size is refused before anything of it is believed."""

import json
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.credentials import key_file as module
from shared.credentials.key_file import SIZE_MAX, parse
from shared.errors import InvalidInput
from tests.credentials.keys import fields, key_file, pem
from tests.credentials.refusals import DEEP, FILES, VALUE, refused


@pytest.mark.parametrize("content", FILES.values(), ids=FILES.keys())
def test_what_is_not_one_json_object_is_refused(content):
    assert refused(content)


def test_nesting_inside_a_key_file_is_refused():
    content = key_file()[:-2] + b', "client_id": ' + b"[" * DEEP + b"]" * DEEP + b"}"
    assert refused(content)


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])
def test_a_byte_order_mark_is_refused(mark):
    assert refused(mark + key_file())


@pytest.mark.parametrize("name", ["type", "token_uri", "private_key", "client_email"])
def test_a_field_given_twice_is_refused_and_named(name):
    good = json.dumps(fields())
    for content in (good[:-1] + f', "{name}": "{VALUE}"}}', f'{{"{name}": "{VALUE}", ' + good[1:]):
        assert f"the field {name} twice" in refused(content.encode())


def test_a_name_that_is_spelled_in_two_ways_is_still_given_twice():
    content = json.dumps(fields())[:-1] + ', "token\\u005furi": "http://127.0.0.1/"}'
    assert "the field token_uri twice" in refused(content.encode())


def test_a_file_of_ten_megabytes_is_refused_before_anything_of_it_is_read(monkeypatch):
    monkeypatch.setattr(module, "_json", None)  # whoever called it would fail
    content = key_file() + b" " * 10_000_000
    tracemalloc.start()
    try:
        message = refused(content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "10,000 bytes" in message
    assert peak < 1_000_000


def test_a_key_far_too_long_to_check_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr("shared.credentials.private_key.load_der_private_key", None)
    assert len(key_file(private_key=pem().replace("=", "") * 2)) < SIZE_MAX
    long = pem().splitlines()
    body = "\n".join([long[0], *long[1:-1] * 3, long[-1]])
    assert "too long" in refused(key_file(private_key=body))


CUTS = st.tuples(st.integers(0, 2_400), st.integers(0, 4), st.binary(max_size=4))


@given(st.lists(CUTS, min_size=1, max_size=3))
def test_a_file_damaged_anyhow_is_refused_or_means_the_same(cuts):
    content = key_file()
    for at, length, put in cuts:
        content = content[:at] + put + content[at + length :]
    found = None
    with suppress(InvalidInput):
        found = parse(content)
    if found is None:
        assert refused(content).isprintable()
    else:
        assert (
            found.private_key.private_numbers() == parse(key_file()).private_key.private_numbers()
        )


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_bytes_of_any_kind_are_refused_and_nothing_else_happens(content):
    assert refused(content)
