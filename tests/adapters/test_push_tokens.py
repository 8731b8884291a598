"""Only a token of Google's, for us and of the account that was agreed on, lets a call in."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from google.auth import crypt, jwt

from shared.adapters import google_tokens
from shared.adapters.google_tokens import Certificates
from shared.adapters.push_tokens import PushTokens
from shared.errors import Transient
from tests.servers.google_certs import Key, new_key, running_cert_server

AUDIENCE = "https://worker.example.com/"
EMAIL = "pusher@a-project.iam.gserviceaccount.com"
KEY_ID = "key-1"


@pytest.fixture(scope="module")
def key() -> Key:
    return new_key()


@pytest.fixture
def certs(key):
    with running_cert_server() as server:
        server.certificates = {KEY_ID: key.certificate}
        yield server


@pytest.fixture
def tokens(certs):
    return PushTokens(AUDIENCE, EMAIL, certs_url=certs.url)


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    usual = {
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "azp": "113774264463038321964",
        "sub": "113774264463038321964",
        "email": EMAIL,
        "email_verified": True,
        "iat": now,
        "exp": now + 3600,
    }
    merged = usual | changes
    return {name: value for name, value in merged.items() if value is not None}


def signed(key: Key, key_id: str | None = KEY_ID, **changes: Any) -> str:
    signer = crypt.RSASigner.from_string(key.private_pem)
    return jwt.encode(signer, claims(**changes), key_id=key_id).decode()


def by_hand(header: dict[str, Any], content: Any, signature: bytes) -> str:
    parts = [json.dumps(header).encode(), json.dumps(content).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def test_googles_token_for_us_lets_the_call_in(tokens, key):
    assert tokens.refuse(f"Bearer {signed(key)}") is None
    assert tokens.refuse(f"bearer {signed(key, iss='accounts.google.com')}") is None


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic dTpw", "Token x"])
def test_a_call_without_a_token_is_refused_without_asking_google(tokens, certs, header):
    assert tokens.refuse(header) == "token-missing"
    assert certs.fetched == 0


WRONG = {
    "another audience": ({"aud": "https://worker.example.com"}, "token-for-another-audience"),
    "several audiences": ({"aud": [AUDIENCE]}, "token-for-another-audience"),
    "no audience": ({"aud": None}, "token-for-another-audience"),
    "another account": ({"email": "x" + EMAIL}, "token-of-another-account"),
    "no account": ({"email": None}, "token-of-another-account"),
    "an account not verified": ({"email_verified": False}, "token-of-another-account"),
    "a text for verified": ({"email_verified": "true"}, "token-of-another-account"),
    "another issuer": ({"iss": "https://accounts.example.com"}, "token-of-another-issuer"),
    "no issuer": ({"iss": None}, "token-of-another-issuer"),
    "run out": ({"iat": 1_600_000_000, "exp": 1_600_003_600}, "token-invalid"),
    "not yet begun": ({"iat": 4_000_000_000, "exp": 4_000_003_600}, "token-invalid"),
    "no end": ({"exp": None}, "token-invalid"),
    "an end that is no number": ({"exp": "never"}, "token-invalid"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_token_with_a_wrong_claim_is_refused(tokens, key, wrong):
    changes, reason = WRONG[wrong]
    assert tokens.refuse(f"Bearer {signed(key, **changes)}") == reason


def test_a_token_may_be_as_old_as_clocks_differ(tokens, key):
    end = int(time.time()) - google_tokens.SKEW_S // 2
    assert tokens.refuse(f"Bearer {signed(key, iat=end - 3600, exp=end)}") is None


def test_a_token_signed_by_somebody_else_is_refused(tokens):
    assert tokens.refuse(f"Bearer {signed(new_key())}") == "token-invalid"


def test_a_token_that_names_no_key_is_refused(tokens, key):
    assert tokens.refuse(f"Bearer {signed(key, key_id=None)}") == "token-invalid"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
def test_a_token_without_a_signature_is_refused(tokens, algorithm):
    header = {"alg": algorithm, "typ": "JWT", "kid": KEY_ID}
    assert tokens.refuse(f"Bearer {by_hand(header, claims(), b'')}") == "token-invalid"


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(tokens, key):
    public = key.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for secret in (public, key.certificate.encode()):
        header = {"alg": "HS256", "typ": "JWT", "kid": KEY_ID}
        unsigned = by_hand(header, claims(), b"").rpartition(".")[0]
        signature = hmac.new(secret, unsigned.encode(), hashlib.sha256).digest()
        token = by_hand(header, claims(), signature)
        assert tokens.refuse(f"Bearer {token}") == "token-invalid"


GARBAGE = [
    "x",
    "..",
    "a.b.c",
    "é.ü.ö",
    "\0.\0.\0",
    "A" * 100_000,
    ".".join(["W1tbW1tb" * 900] * 3),
    by_hand({"alg": ["RS256"], "kid": KEY_ID}, {}, b"x"),
    by_hand({"alg": "RS256", "kid": {"a": 1}}, {}, b"x"),
    by_hand({"alg": "RS256", "kid": KEY_ID}, ["aud"], b"x"),
]


@pytest.mark.parametrize("number", range(len(GARBAGE)))
def test_garbage_is_refused(tokens, number):
    assert tokens.refuse(f"Bearer {GARBAGE[number]}") == "token-invalid"


def test_nothing_of_a_token_is_logged_or_raised(tokens, key, caplog, capfd):
    token = signed(key, email="somebody@else.example")
    tokens.refuse(f"Bearer {token}")
    tokens.refuse(f"Bearer {token[:-9]}")
    seen = caplog.text + "".join(capfd.readouterr())
    assert not any(part in seen for part in [*token.split("."), "somebody@else.example"])


def test_certificates_are_fetched_once_for_many_calls(tokens, certs, key):
    for _ in range(5):
        assert tokens.refuse(f"Bearer {signed(key)}") is None
    assert certs.fetched == 1


def test_a_call_while_certificates_cannot_be_had_is_to_come_again(tokens, certs, key):
    certs.status = 500
    with pytest.raises(Transient) as caught:
        tokens.refuse(f"Bearer {signed(key)}")
    assert caught.value.reason == "certs-unavailable"
    certs.status = 200
    assert tokens.refuse(f"Bearer {signed(key)}") is None


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_new_key_of_googles_is_found_and_an_invented_one_costs_little(certs, key):
    clock = Clock()
    kept = Certificates(certs.url, clock=clock)
    certs.headers = {"Cache-Control": "public, max-age=20000, must-revalidate"}
    assert set(kept.holding(KEY_ID)) == {KEY_ID}
    certs.certificates["key-2"] = key.certificate
    for _ in range(10):
        assert set(kept.holding("key-2")) == {KEY_ID}
    assert certs.fetched == 1
    clock.now += google_tokens.REFETCH_S
    assert set(kept.holding("key-2")) == {KEY_ID, "key-2"}
    assert certs.fetched == 2


@pytest.mark.parametrize(
    ("header", "kept_s"),
    [
        ("public, max-age=20000", 20_000),
        ("max-age=0", google_tokens.KEEP_S[0]),
        ("max-age=999999999", google_tokens.KEEP_S[1]),
        ("no-store", google_tokens.KEEP_USUAL_S),
    ],
)
def test_certificates_are_kept_as_long_as_google_says_within_bounds(certs, header, kept_s):
    clock = Clock()
    kept = Certificates(certs.url, clock=clock)
    certs.headers = {"Cache-Control": header}
    kept.holding(KEY_ID)
    clock.now += kept_s - 1
    kept.holding(KEY_ID)
    assert certs.fetched == 1
    clock.now += 1
    kept.holding(KEY_ID)
    assert certs.fetched == 2
