"""Only IAP's header for our backend, or Google's token for our address, tells who calls."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from google.auth import crypt, jwt

from shared.adapters.google_tokens import SKEW_S
from shared.adapters.identity_tokens import IapTokens, MachineTokens
from shared.errors import NotIdentified, Transient
from tests.leaks import found_in, watch
from tests.servers.google_certs import new_elliptic_key, new_key, running_cert_server

IAP_AUDIENCE = "/projects/123456/global/backendServices/789"
API_AUDIENCE = "https://api.example.com"
EMAIL = "ann@example.com"
MACHINE = "nightly@a-project.iam.gserviceaccount.com"
KEY_ID = "key-1"


@pytest.fixture(scope="module")
def iap_key():
    return new_elliptic_key()


@pytest.fixture(scope="module")
def google_key():
    return new_key()


@pytest.fixture
def keys(iap_key, google_key):
    """Serves what IAP publishes, and what Google does, under names of their own."""
    with running_cert_server() as server:
        server.certificates = {KEY_ID: iap_key.public_pem, "rsa": google_key.certificate}
        yield server


@pytest.fixture
def iap(keys):
    return IapTokens(IAP_AUDIENCE, keys_url=keys.url)


@pytest.fixture
def machines(keys):
    return MachineTokens(API_AUDIENCE, certs_url=keys.url)


def claims(base, changes):
    now = int(time.time())
    merged = {"sub": "1", "iat": now, "exp": now + 600} | base | changes
    return {name: value for name, value in merged.items() if value is not None}


def iap_claims(**changes):
    base = {"iss": "https://cloud.google.com/iap", "aud": IAP_AUDIENCE, "email": EMAIL}
    return claims(base, changes)


def machine_claims(**changes):
    base = {"iss": "https://accounts.google.com", "aud": API_AUDIENCE, "email": MACHINE}
    return claims(base | {"email_verified": True}, changes)


def iap_header(key, key_id=KEY_ID, **changes):
    signer = crypt.EsSigner.from_string(key.private_pem)
    return watch(jwt.encode(signer, iap_claims(**changes), key_id=key_id).decode())


def machine_token(key, key_id="rsa", **changes):
    signer = crypt.RSASigner.from_string(key.private_pem)
    return watch(jwt.encode(signer, machine_claims(**changes), key_id=key_id).decode())


def by_hand(header, content, sign):
    def code(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    unsigned = ".".join(code(json.dumps(part).encode()) for part in (header, content))
    return f"{unsigned}.{code(sign(unsigned.encode()))}"


def reason(tokens, token):
    with pytest.raises(NotIdentified) as caught:
        tokens.email_of(token)
    assert not found_in(str(caught.value))
    assert caught.value.__cause__ is None
    return caught.value.reason


def test_iaps_header_tells_who_calls(iap, iap_key, keys):
    assert iap.email_of(iap_header(iap_key)) == EMAIL
    assert iap.email_of(iap_header(iap_key, email="Ann@Example.com")) == EMAIL
    assert keys.fetched == 1


def test_googles_token_tells_which_machine_calls(machines, google_key):
    assert machines.email_of(machine_token(google_key)) == MACHINE


WRONG = {
    "another backend": (
        {"aud": "/projects/123456/global/backendServices/790"},
        "token-for-another-audience",
    ),
    "several backends": ({"aud": [IAP_AUDIENCE]}, "token-for-another-audience"),
    "a part of the backend": ({"aud": IAP_AUDIENCE[:-1]}, "token-for-another-audience"),
    "no backend": ({"aud": None}, "token-for-another-audience"),
    "another issuer": ({"iss": "https://accounts.google.com"}, "token-of-another-issuer"),
    "no issuer": ({"iss": None}, "token-of-another-issuer"),
    "nobody": ({"email": None}, "token-of-another-account"),
    "an empty address": ({"email": ""}, "token-of-another-account"),
    "a list of addresses": ({"email": [EMAIL]}, "token-of-another-account"),
    "run out": ({"iat": 1_600_000_000, "exp": 1_600_000_600}, "token-invalid"),
    "not yet begun": ({"iat": 4_000_000_000, "exp": 4_000_000_600}, "token-invalid"),
    "no end": ({"exp": None}, "token-invalid"),
    "an end that is no number": ({"exp": "never"}, "token-invalid"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_header_with_a_wrong_claim_is_refused(iap, iap_key, wrong):
    changes, expected = WRONG[wrong]
    assert reason(iap, iap_header(iap_key, **changes)) == expected


def test_a_header_may_be_as_old_as_clocks_differ(iap, iap_key):
    end = int(time.time()) - SKEW_S // 2
    assert iap.email_of(iap_header(iap_key, iat=end - 600, exp=end)) == EMAIL
    end = int(time.time()) - 2 * SKEW_S
    assert reason(iap, iap_header(iap_key, iat=end - 600, exp=end)) == "token-invalid"


@pytest.mark.parametrize("key_id", ["other", None, "rsa"])
def test_a_header_of_another_key_is_refused(iap, iap_key, key_id):
    assert reason(iap, iap_header(iap_key, key_id=key_id)) == "token-invalid"


def test_a_header_that_somebody_else_signed_is_refused(iap):
    assert reason(iap, iap_header(new_elliptic_key())) == "token-invalid"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", None])
def test_a_header_without_a_signature_is_refused(iap, algorithm):
    header = {"alg": algorithm, "typ": "JWT", "kid": KEY_ID}
    assert reason(iap, by_hand(header, iap_claims(), lambda _: b"")) == "token-invalid"


@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
def test_a_header_signed_with_the_public_key_as_a_secret_is_refused(iap, iap_key, algorithm):
    secret = iap_key.public_pem.encode()
    header = {"alg": algorithm, "typ": "JWT", "kid": KEY_ID}

    def sign(text):
        return hmac.new(secret, text, hashlib.sha256).digest()

    assert reason(iap, by_hand(header, iap_claims(), sign)) == "token-invalid"


def test_a_header_signed_by_a_key_of_googles_that_is_not_iaps_is_refused(iap, google_key):
    """Anybody can have Google sign a token of RSA for him."""
    signer = crypt.RSASigner.from_string(google_key.private_pem)
    token = jwt.encode(signer, iap_claims(), key_id="rsa").decode()
    assert reason(iap, token) == "token-invalid"


@pytest.mark.parametrize("token", ["", "x", "..", "a.b.c", "é.ü.ö", "\0.\0.\0", "A" * 100_000])
def test_garbage_is_refused_without_asking_google(iap, machines, keys, token):
    assert reason(iap, token) == "token-invalid"
    assert reason(machines, token) == "token-invalid"
    assert keys.fetched == 0


WRONG_MACHINE = {
    "another address": ({"aud": API_AUDIENCE + "/"}, "token-for-another-audience"),
    "an address not verified": ({"email_verified": False}, "token-of-another-account"),
    "a text for verified": ({"email_verified": "true"}, "token-of-another-account"),
    "nothing verified": ({"email_verified": None}, "token-of-another-account"),
    "iap's issuer": ({"iss": "https://cloud.google.com/iap"}, "token-of-another-issuer"),
    "run out": ({"iat": 1_600_000_000, "exp": 1_600_000_600}, "token-invalid"),
}


@pytest.mark.parametrize("wrong", WRONG_MACHINE)
def test_a_machines_token_with_a_wrong_claim_is_refused(machines, google_key, wrong):
    changes, expected = WRONG_MACHINE[wrong]
    assert reason(machines, machine_token(google_key, **changes)) == expected


def test_iaps_header_is_no_machines_token_and_the_other_way_round(
    iap, machines, iap_key, google_key
):
    assert reason(machines, iap_header(iap_key)) == "token-invalid"
    assert reason(iap, machine_token(google_key)) == "token-invalid"


def test_while_keys_cannot_be_had_nobody_is_let_in_or_refused(iap, iap_key, keys):
    keys.status = 500
    with pytest.raises(Transient) as caught:
        iap.email_of(iap_header(iap_key))
    assert caught.value.reason == "certs-unavailable"
