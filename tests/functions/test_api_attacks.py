"""Forged proofs, sent to the real check behind IAP: none of them lets anybody in."""

import base64
import json
import time

import pytest
from google.auth import crypt, jwt

from functions.api.identity import IAP_HEADER, identify
from shared.adapters.identity_tokens import IapTokens, MachineTokens
from shared.domain.members import Caller, Via
from shared.errors import NotIdentified
from shared.ports import SignIn
from tests.functions.test_api_identity import ANN, request_with
from tests.jobs.house import House
from tests.leaks import watch
from tests.servers.google_certs import new_elliptic_key, running_cert_server

AUDIENCE = "/projects/1/global/backendServices/2"
KEY = new_elliptic_key()


@pytest.fixture
def sign_in():
    with running_cert_server() as server:
        server.certificates = {"k": KEY.public_pem}
        yield SignIn(
            iap=IapTokens(AUDIENCE, keys_url=server.url),
            machines=MachineTokens("https://api.example.com", certs_url=server.url),
        )


@pytest.fixture
def services(tmp_path):
    return House(tmp_path / "house").set_up().services


def header(key=KEY, **changes):
    now = int(time.time())
    claims = {
        "iss": "https://cloud.google.com/iap",
        "aud": AUDIENCE,
        "email": ANN,
        "iat": now,
        "exp": now + 600,
    }
    signer = crypt.EsSigner.from_string(key.private_pem)
    return watch(jwt.encode(signer, claims | changes, key_id="k").decode())


def unsigned(token):
    """The same claims, saying that they need no signature."""
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "k"}).encode())
    return f"{head.rstrip(b'=').decode()}.{token.split('.')[1]}."


def test_iaps_own_header_lets_its_member_in(sign_in, services):
    request = request_with({IAP_HEADER: header()}, remote="10.0.0.1", host="sluice.example.com")
    assert identify(request, sign_in, services) == Caller(ANN, Via.IAP)


ATTACKS = {
    "forged": lambda: header(new_elliptic_key()),
    "expired": lambda: header(iat=1_600_000_000, exp=1_600_000_600),
    "for another backend": lambda: header(aud="/projects/9/global/backendServices/2"),
    "without a signature": lambda: unsigned(header()),
    "with the signature cut off": lambda: header().rpartition(".")[0] + ".",
    "with claims of another": lambda: ".".join(
        [header().split(".")[0], header(email="x@y.z").split(".")[1], header().split(".")[2]]
    ),
    "twice": lambda: f"{header()},{header()}",
    "empty": lambda: "",
    "as a bearer token": lambda: f"Bearer {header()}",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_header_that_is_not_iaps_lets_nobody_in(sign_in, services, attack):
    request = request_with({IAP_HEADER: ATTACKS[attack]()})
    with pytest.raises(NotIdentified):
        identify(request, sign_in, services)


def test_iaps_header_in_another_place_lets_nobody_in(sign_in, services):
    plain = {"X-Goog-Authenticated-User-Email": f"accounts.google.com:{ANN}"}
    for headers in ({"Authorization": f"Bearer {header()}"}, plain, {"Cookie": header()}):
        with pytest.raises(NotIdentified):
            identify(request_with(headers), sign_in, services)
