"""A key file is taken only as Google writes it; a refusal names the field and not its value."""

import copy
import dataclasses
import json
import logging
import pickle
import socket
import traceback
import tracemalloc
from contextlib import suppress

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from shared.credentials import key_file as module
from shared.credentials.key_file import SIZE_MAX, key_of_secret, parse, secret_of
from shared.errors import InvalidInput, OurFault
from tests.credentials.keys import EMAIL, KEY_ID, fields, key_file, other_pems, pem, short_pem
from tests.leaks import found_in, watch
from tests.servers.listener import Listener

VALUE = watch("canary-value-5c1e77aa03")
OTHER_TYPES = (
    "external_account",
    "authorized_user",
    "impersonated_service_account",
    "external_account_authorized_user",
    "gdch_service_account",
    "",
    VALUE,
)


def refused(content):
    """The sentence of the refusal, after a look for secrets in every corner of the error."""
    with pytest.raises(InvalidInput) as caught:
        parse(content)
    error = caught.value
    assert error.reason == "key-refused"
    assert error.__cause__ is None
    assert error.__context__ is None, "the cause would carry the text along"
    assert not found_in("".join(traceback.format_exception(error)))
    assert not found_in(repr(error) + str(vars(error)))
    assert error.message.endswith(".")
    assert error.message.count(". ") == 0
    return error.message


def test_a_key_file_of_google_is_read():
    key = parse(key_file())
    assert (key.email, key.key_id, key.project_id) == (EMAIL, KEY_ID, "customer-project")
    assert key.private_key.key_size == 2_048


@pytest.mark.parametrize(
    "changes",
    [
        {"universe_domain": None},
        {"client_id": None, "auth_uri": None},
        {"client_email": "123456789012-compute@developer.gserviceaccount.com"},
        {"client_email": "customer-project@appspot.gserviceaccount.com"},
        {
            "client_email": "feed@my-project.example.com.iam.gserviceaccount.com",
            "project_id": "example.com:my-project",
        },
        {"private_key": pem(3_072)},
        {"private_key": pem().replace("\n", "\r\n")},
        {"private_key": pem().strip()},
    ],
)
def test_every_form_that_google_writes_is_read(changes):
    assert parse(key_file(**changes)).email == changes.get("client_email", EMAIL)


@pytest.mark.parametrize("kind", [*OTHER_TYPES, None, 7, ["service_account"]])
def test_another_type_of_credentials_is_refused(kind):
    assert "field type" in refused(key_file(type=kind))


def test_the_type_is_looked_at_before_anything_else():
    content = json.dumps({"type": "external_account", "credential_source": {"file": VALUE}})
    assert "field type" in refused(content.encode())


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/token",
        "http://localhost:{port}/token",
        "http://[::1]:{port}/token",
        "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token",
        "http://169.254.169.254/token",
        "https://oauth2.googleapis.com/token?x=" + VALUE,
        "https://oauth2.googleapis.com/token/",
        "https://oauth2.googleapis.com/token\n",
        " https://oauth2.googleapis.com/token",
        "https://oauth2.googleapis.com@127.0.0.1:{port}/token",
        "https://user:" + VALUE + "@oauth2.googleapis.com/token",
        "https://OAUTH2.googleapis.com/token",
        "http://oauth2.googleapis.com/token",
        "https://accounts.google.com/o/oauth2/token",
        "file:///etc/passwd",
        "",
    ],
)
def test_another_token_uri_is_refused_and_nobody_is_called(url):
    with Listener() as listener:
        assert "token_uri" in refused(key_file(token_uri=url.format(port=listener.port)))
        assert listener.count() == 0


def test_the_listener_of_these_tests_does_see_who_comes():
    with Listener() as listener:
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://127.0.0.1:{listener.port}/", timeout=10)
        assert listener.count() == 1


@pytest.mark.parametrize("domain", ["example.com", "", "googleapis.com.", "GOOGLEAPIS.COM", VALUE])
def test_a_foreign_universe_is_refused(domain):
    assert "universe_domain" in refused(key_file(universe_domain=domain))


@pytest.mark.parametrize(
    "name",
    [
        "credential_source",
        "token_url",
        "service_account_impersonation_url",
        "subject_token_type",
        "quota_project_id",
        "trust_boundary",
        "refresh_token",
    ],
)
def test_an_unknown_field_is_refused_by_its_name(name):
    assert f"the field {name}," in refused(key_file(**{name: VALUE}))


@pytest.mark.parametrize("name", [VALUE, "a\nb", "A" * 5_000, "", "é", "x\x1b[31m"])
def test_the_name_of_an_unknown_field_is_shown_only_when_it_looks_like_one(name):
    message = refused(key_file(**{name: "x"}))
    assert "a field with an unknown name" in message
    assert message.isprintable()


REQUIRED = ["project_id", "private_key_id", "private_key", "client_email", "token_uri"]


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_field_is_named(name):
    assert f"field {name} is missing" in refused(key_file(**{name: None}))


@pytest.mark.parametrize("name", [*REQUIRED, "universe_domain", "client_id", "auth_uri"])
@pytest.mark.parametrize("value", [7, True, [VALUE], {"x": VALUE}, 1.5])
def test_a_field_that_is_no_text_is_named(name, value):
    assert f"field {name} " in refused(key_file(**{name: value}))


@pytest.mark.parametrize(
    "email",
    [
        "someone@example.com",
        "a@b.iam.gserviceaccount.com.example.com",
        "a/../b@customer-project.iam.gserviceaccount.com",
        "a@customer-project.iam.gserviceaccount.com\n",
        "a@customer-project.iam.gserviceaccount.com/x?y=#z",
        "A@customer-project.iam.gserviceaccount.com",
        "ａ@customer-project.iam.gserviceaccount.com",
        "x" * 64 + "@customer-project.iam.gserviceaccount.com",
        "@customer-project.iam.gserviceaccount.com",
        VALUE,
        "",
    ],
)
def test_an_address_of_no_service_account_is_refused(email):
    assert "client_email" in refused(key_file(client_email=email))


@pytest.mark.parametrize("project", ["", "a", "Project", "a/b-c-d", "..", "x" * 31, "my-project\n"])
def test_an_impossible_project_is_refused(project):
    assert "project_id" in refused(key_file(project_id=project))


@pytest.mark.parametrize("key_id", ["", "x" * 40, "ab\n", "0" * 65, "../../key"])
def test_an_impossible_key_id_is_refused(key_id):
    assert "private_key_id" in refused(key_file(private_key_id=key_id))


def private_keys():
    others, good = other_pems(), pem()
    lines = good.splitlines()
    return {
        "512 bits": (short_pem(), "512 bits"),
        "1024 bits": (pem(1_024), "1024 bits"),
        "elliptic curve": (others["elliptic"], "not an RSA key"),
        "encrypted": (others["encrypted"], "encrypted"),
        "older form": (others["pkcs1"], "PKCS #8"),
        "no PEM": (VALUE, "PKCS #8"),
        "empty": ("", "PKCS #8"),
        "escaped twice": (good.replace("\n", "\\n"), "PKCS #8"),
        "two keys": (good + good, "PKCS #8"),
        "text in front": ("x\n" + good, "PKCS #8"),
        "certificate": (good.replace("PRIVATE KEY", "CERTIFICATE"), "PKCS #8"),
        "cut short": ("\n".join(lines[:-6] + lines[-1:]) + "\n", "damaged"),
        "lines exchanged": ("\n".join([lines[0], *lines[-2:0:-1], lines[-1]]), "damaged"),
        "bad base64": (good.replace(lines[5], "=" + lines[5][1:]), "damaged"),
        "too long": (good.replace(lines[5], lines[5] * 100), "too long"),
        "not ASCII": (good.replace(lines[5], "é" * 64), "PKCS #8"),
    }


CASES = [
    "512 bits", "1024 bits", "elliptic curve", "encrypted", "older form", "no PEM", "empty",
    "escaped twice", "two keys", "text in front", "certificate", "cut short", "lines exchanged",
    "bad base64", "too long", "not ASCII",
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_private_key_of_another_kind_is_refused(case):
    private_key, why = private_keys()[case]
    message = refused(key_file(private_key=private_key))
    assert "private_key" in message
    assert why in message


def test_all_of_those_keys_are_tried():
    assert list(private_keys()) == CASES


DEEP = 4_000
FILES = {
    "nothing": b"",
    "no object": b'"' + VALUE.encode() + b'"',
    "a list": b"[" + key_file() + b"]",
    "two objects": key_file() + key_file(),
    "cut off": key_file()[:-2],
    "a comment": b"// " + VALUE.encode() + b"\n" + key_file(),
    "a trailing comma": key_file()[:-2] + b",}",
    "UTF-16": key_file().decode().encode("utf-16"),
    "not UTF-8": key_file().replace(b"customer-project", b"customer-proj\xff", 1),
    "overlong UTF-8": key_file().replace(b"customer-project", b"customer-proj\xc0\xaf", 1),
    "NUL": key_file() + b"\0",
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * 1_900 + b"1" + b"}" * 1_900,
    "a number without end": b'{"type":' + b"9" * 9_000 + b"}",
}


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


def test_no_refusal_asks_the_network_anything(monkeypatch):
    asked = []

    def ask(*args, **options):
        asked.append(args)
        raise OSError("no network here")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, ask)
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, ask)
    for content in FILES.values():
        refused(content)
    for url in ("http://127.0.0.1:1/token", "http://metadata.google.internal/", VALUE):
        refused(key_file(token_uri=url))
        refused(key_file(auth_uri=url, type="external_account"))
    for private_key, _ in private_keys().values():
        refused(key_file(private_key=private_key))
    assert asked == []
    with pytest.raises(requests.ConnectionError):
        requests.get("http://127.0.0.1:1/", timeout=10)
    assert asked, "the watch over the network is awake"


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


def test_refusals_are_not_logged(caplog):
    caplog.set_level(logging.DEBUG)
    for content in FILES.values():
        refused(content)
    refused(key_file(token_uri=VALUE))
    parse(key_file())
    assert caplog.records == []


def test_no_form_of_a_key_shows_any_of_it():
    key = parse(key_file())
    texts = [repr(key), str(key), f"{key!r:>10}", str(dataclasses.asdict(key)), str([key])]
    assert not any(found_in(text) for text in texts)
    for action in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError, match="not pickled"):
            action(key)


def test_a_traceback_with_all_its_variables_shows_nothing_of_a_key():
    key = parse(key_file())
    error = OurFault("on purpose")
    try:
        assert key.email
        raise error
    except OurFault as caught:
        shown = traceback.TracebackException.from_exception(caught, capture_locals=True)
    assert "key_id" in "".join(shown.format()), "the variables are shown"
    assert not found_in("".join(shown.format()))


def test_what_is_stored_is_written_anew_and_reads_as_the_same_key():
    uploaded = parse(key_file(client_id=VALUE, auth_uri="http://127.0.0.1/" + VALUE))
    stored = secret_of(uploaded)
    assert VALUE.encode() not in stored
    again = key_of_secret(stored)
    assert again == uploaded
    assert again.private_key.private_numbers() == uploaded.private_key.private_numbers()
    assert set(json.loads(stored)) == {*REQUIRED, "type", "universe_domain"}


@pytest.mark.parametrize("content", [b"", b"{}", key_file(token_uri="http://127.0.0.1/" + VALUE)])
def test_a_stored_key_that_was_meddled_with_is_our_fault(content):
    with pytest.raises(OurFault) as caught:
        key_of_secret(content)
    assert caught.value.reason == "secret-unreadable"
    assert caught.value.__context__ is None
    assert not found_in(str(caught.value))
