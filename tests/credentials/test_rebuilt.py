"""Rebuilt credentials ask Google for tokens, whatever stood in the file, and sign with its key."""

import json
import logging
from base64 import urlsafe_b64decode
from urllib.parse import parse_qs

import google.auth
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from google.auth.transport import Request, Response
from google.oauth2 import service_account

from shared.credentials.key_file import parse
from shared.credentials.rebuilt import credentials_of
from tests.credentials.keys import EMAIL, KEY_ID, key_file
from tests.leaks import found_in


class Answer(Response):
    """A token, as Google gives it."""

    status = 200
    headers: dict[str, str] = {}  # noqa: RUF012 - never written to
    data = json.dumps({"access_token": "a-token", "expires_in": 3600}).encode()


class Recorder(Request):
    """The way out of the credentials: notes where each request would have gone."""

    def __init__(self):
        self.sent = []

    def __call__(self, url, method="GET", body=None, headers=None, timeout=None, **options):
        self.sent.append((method, url, body))
        return Answer()


def decoded(part):
    return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_a_token_is_asked_of_google_and_signed_with_the_key():
    key, way_out = parse(key_file(auth_uri="http://127.0.0.1/")), Recorder()
    credentials = credentials_of(key)
    credentials.refresh(way_out)
    [(method, url, body)] = way_out.sent
    assert (method, url) == ("POST", "https://oauth2.googleapis.com/token")
    assertion = parse_qs(body.decode())["assertion"][0]
    head, claims, signature = assertion.split(".")
    assert decoded(head) == {"typ": "JWT", "alg": "RS256", "kid": KEY_ID}
    asked = decoded(claims)
    assert (asked["iss"], asked["aud"]) == (EMAIL, url)
    assert asked["scope"] == "https://www.googleapis.com/auth/devstorage.read_write"
    assert "sub" not in asked
    padded = signature + "=" * (-len(signature) % 4)
    key.private_key.public_key().verify(
        urlsafe_b64decode(padded), f"{head}.{claims}".encode(), PKCS1v15(), SHA256()
    )
    assert credentials.token == "a-token"
    assert credentials.universe_domain == "googleapis.com"


def test_no_loader_of_google_is_given_a_customers_text(monkeypatch):
    def called(*args, **options):
        raise AssertionError("a loader was called")

    for name in ("default", "load_credentials_from_dict", "load_credentials_from_file"):
        monkeypatch.setattr(google.auth, name, called)
    for name in ("from_service_account_info", "from_service_account_file"):
        monkeypatch.setattr(service_account.Credentials, name, called)
    assert credentials_of(parse(key_file())).service_account_email == EMAIL


def test_credentials_show_nothing_of_the_key():
    credentials = credentials_of(parse(key_file()))
    assert not found_in(f"{credentials!r} {vars(credentials)} {credentials.signer!r}")


def test_no_request_for_a_token_is_logged_even_where_everything_is(caplog):
    caplog.set_level(logging.DEBUG)
    credentials_of(parse(key_file())).refresh(Recorder())
    assert caplog.records == []
    for name in ("google.auth.transport.requests", "google.oauth2._client"):
        assert not logging.getLogger(name).isEnabledFor(logging.DEBUG)


@pytest.mark.parametrize("name", ["from_service_account_info", "load_credentials", "auth.default"])
def test_the_loaders_are_not_even_named_in_our_code(name):
    from tests.test_house import sources

    allowed = {"shared.adapters.iam"} if name == "auth.default" else set()
    assert {module for module, path in sources() if name in path.read_text()} <= allowed
