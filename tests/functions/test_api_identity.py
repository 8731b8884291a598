"""Who sends a request is told by a proof that was checked, or the request is refused."""

from dataclasses import dataclass

import pytest
from flask import Flask, Request
from werkzeug.test import EnvironBuilder

from functions.api.identity import IAP_HEADER, identify
from shared.bootstrap import sign_in_of
from shared.config import from_environment
from shared.domain.members import COMMAND_LINE, Caller, Role, Via
from shared.errors import InvalidInput, NotFound, NotIdentified
from shared.jobs.api_keys import create_api_key, revoke_api_key
from shared.jobs.manage_accounts import actor_in, first_admin
from shared.ports import SignIn
from tests.jobs.house import House
from tests.leaks import found_in, watch

ANN = "ann@example.com"
READ = frozenset({"exports:read"})


@dataclass(frozen=True)
class Known:
    """Believes one text, as a verifier that has done its work."""

    token: str
    email: str

    def email_of(self, token):
        if token != self.token:
            raise NotIdentified("no", reason="token-invalid")
        return self.email


IAP = SignIn(iap=Known("iap-header", ANN))
CLOUD = SignIn(iap=IAP.iap, machines=Known("machine-token", "nightly@example.com"))
LOCAL = SignIn(local_member=ANN)


@pytest.fixture
def services(tmp_path):
    house = House(tmp_path / "house").set_up()
    first_admin(house.services, {"SLUICE_ADMIN_EMAIL": ANN})
    return house.services


def request_with(headers=(), remote="127.0.0.1", host="localhost:8080"):
    builder = EnvironBuilder(headers=dict(headers), environ_base={"REMOTE_ADDR": remote})
    environ = builder.get_environ()
    environ["HTTP_HOST"] = host
    return Flask("test").request_class(environ)


def refused(request: Request, sign_in, services):
    with pytest.raises(NotIdentified) as caught:
        identify(request, sign_in, services)
    assert not found_in(str(caught.value))
    return caught.value.reason


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_iaps_signed_header_tells_who_it_is(services):
    caller = identify(request_with({IAP_HEADER: "iap-header"}), IAP, services)
    assert caller == Caller(ANN, Via.IAP)


def test_the_plain_header_counts_for_nothing(services):
    plain = {
        "X-Goog-Authenticated-User-Email": f"accounts.google.com:{ANN}",
        "X-Goog-Authenticated-User-ID": "accounts.google.com:1",
        "X-Forwarded-User": ANN,
    }
    assert refused(request_with(plain), CLOUD, services) == "token-missing"


@pytest.mark.parametrize("extra", [{}, bearer("machine-token"), "key"])
def test_a_wrong_iap_header_is_refused_whatever_else_is_right(services, extra):
    if extra == "key":
        _, secret = create_api_key(services, COMMAND_LINE, 1, "nightly", READ)
        extra = bearer(watch(secret))
    request = request_with({IAP_HEADER: "forged", **extra})
    assert refused(request, CLOUD, services) == "token-invalid"


def test_an_iap_header_that_nobody_checks_counts_for_nothing(services):
    request = request_with({IAP_HEADER: "iap-header"})
    assert refused(request, SignIn(machines=CLOUD.machines), services) == "token-missing"


def test_a_machine_shows_a_token_of_googles(services):
    caller = identify(request_with(bearer("machine-token")), CLOUD, services)
    assert caller == Caller("nightly@example.com", Via.TOKEN)
    assert refused(request_with(bearer("other")), CLOUD, services) == "token-invalid"


def test_behind_iap_a_token_for_iap_is_no_second_proof(services):
    request = request_with({IAP_HEADER: "iap-header", **bearer("for-iap-itself")})
    assert identify(request, CLOUD, services).email == ANN


def test_an_api_key_is_good_for_its_account_and_scopes(services):
    key, secret = create_api_key(services, COMMAND_LINE, 1, "nightly", READ)
    caller = identify(request_with(bearer(watch(secret))), CLOUD, services)
    assert (caller.via, caller.account_id) == (Via.KEY, 1)
    actor = actor_in(services, caller, 1)
    assert (actor.scopes, actor.email) == (READ, f"key:{key.key_id}")
    with pytest.raises(NotFound):
        actor_in(services, caller, 2)


def test_a_revoked_or_changed_key_is_refused(services):
    key, secret = create_api_key(services, COMMAND_LINE, 1, "nightly", READ)
    last = "A" if secret[-1] != "A" else "B"
    for wrong in (secret[:-1] + last, secret[:-1], secret + "A", "sluice_", "sluice_x_y"):
        assert refused(request_with(bearer(watch(wrong))), CLOUD, services) == "key-invalid"
    revoke_api_key(services, COMMAND_LINE, 1, key.key_id)
    assert refused(request_with(bearer(watch(secret))), CLOUD, services) == "key-invalid"


def test_where_nothing_is_configured_everybody_is_refused(services):
    nothing = sign_in_of(from_environment({"K_SERVICE": "api"}))
    _, secret = create_api_key(services, COMMAND_LINE, 1, "nightly", READ)
    for headers in ({}, {IAP_HEADER: "iap-header"}, bearer("machine-token"), bearer(watch(secret))):
        reason = refused(request_with(headers), nothing, services)
        assert reason == "sign-in-not-configured"


def test_a_fixed_member_cannot_be_configured_in_the_cloud():
    with pytest.raises(InvalidInput, match="IAP_AUDIENCE"):
        from_environment({"K_SERVICE": "api", "LOCAL_MEMBER": ANN})


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1:80", "[::1]:80"])
@pytest.mark.parametrize("remote", ["127.0.0.1", "::1"])
def test_whoever_is_on_this_machine_is_its_member(services, host, remote):
    caller = identify(request_with(remote=remote, host=host), LOCAL, services)
    assert caller == Caller(ANN, Via.LOCAL)
    assert actor_in(services, caller, 1).role is Role.ADMIN


@pytest.mark.parametrize("remote", ["10.0.0.1", "192.168.1.2", "127.0.0.2", "0.0.0.0", "::2", ""])
def test_another_machine_is_nobody(services, remote):
    assert refused(request_with(remote=remote), LOCAL, services) == "not-on-this-machine"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "localhost:8080.evil.example",
        "127.0.0.1.evil.example",
        "evil@localhost",
        "localhost:8080@evil.example",
        "localhost.",
        "localhost:123456",
        "",
        "127.0.0.1\t",
        "2130706433",
    ],
)
def test_a_name_of_another_site_that_leads_here_is_refused(services, host):
    assert refused(request_with(host=host), LOCAL, services) == "host-not-local"


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_whoever_comes_through_a_proxy_is_not_on_this_machine(services, name):
    request = request_with({name: "10.0.0.1"})
    assert refused(request, LOCAL, services) == "not-on-this-machine"


def test_a_token_that_nobody_checks_does_not_make_one_the_local_member(services):
    assert refused(request_with(bearer("anything")), LOCAL, services) == "token-not-accepted"


def test_nothing_of_a_proof_is_logged(services, caplog):
    secret = watch("sluice_abcdefABCDEF_" + "x" * 43)
    with caplog.at_level("DEBUG"):
        refused(request_with(bearer(secret)), CLOUD, services)
    assert "key-invalid" in caplog.text
    assert not found_in(caplog.text)
