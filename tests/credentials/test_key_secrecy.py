"""Nothing of a key is asked over the network, logged, shown or believed when it comes back."""

import copy
import dataclasses
import json
import logging
import pickle
import socket
import traceback

import pytest
import requests

from shared.credentials.key_file import key_of_secret, parse, secret_of
from shared.errors import OurFault
from tests.credentials.keys import key_file
from tests.credentials.refusals import FILES, REQUIRED, VALUE, private_keys, refused
from tests.leaks import found_in


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
