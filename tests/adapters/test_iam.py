"""Sluice acts as a service account only while its description shows whose it is."""

import logging
import traceback
from collections.abc import Iterator

import pytest
from google.auth.exceptions import DefaultCredentialsError
from google.oauth2.credentials import Credentials

from shared.adapters.iam import Iam
from shared.credentials.kinds import Impersonation
from shared.errors import CustomerFault, InvalidInput, OurFault, Transient
from tests.leaks import found_in, watch
from tests.servers.fault_proxy import Fault, FaultProxy
from tests.servers.iam import OWN_TOKEN, Account, IamServer
from tests.servers.listener import Listener

EMAIL = "feed@customer-project.iam.gserviceaccount.com"
OURS, THEIRS = "sluice:" + "1" * 32, "sluice:" + "2" * 32
WANTED = Impersonation(EMAIL, OURS)
watch(OWN_TOKEN)
TOKEN = watch(f"token-of-{EMAIL}")


@pytest.fixture
def server() -> Iterator[IamServer]:
    with IamServer({EMAIL: Account(OURS)}) as running:
        yield running


@pytest.fixture
def proxy(server: IamServer) -> Iterator[FaultProxy]:
    with FaultProxy(server.url) as between:
        yield between


def iam_at(url: str, token: str = OWN_TOKEN) -> Iam:
    return Iam(lambda: Credentials(token), iam_url=url, credentials_url=url, call_s=2)


def test_credentials_of_an_account_with_our_text(server):
    credentials = iam_at(server.url).credentials_of(WANTED)
    assert credentials.token.startswith(TOKEN)
    assert credentials.token.endswith("auth/devstorage.read_write")
    assert [method for method, _ in server.requests] == ["GET", "POST"]


@pytest.mark.parametrize(
    "description",
    [
        OURS,
        f"Delivers our events. {OURS}",
        f"{OURS} since 2026",
        f"one\n{OURS}\ttwo",
        f"{THEIRS} {OURS}",
    ],
)
def test_our_text_may_stand_among_others(server, description):
    server.accounts[EMAIL].description = description
    assert iam_at(server.url).credentials_of(WANTED).token


@pytest.mark.parametrize(
    "description",
    ["", "Delivers our events.", THEIRS, OURS[:-1], OURS + "1", "x" + OURS, OURS.upper(),
     OURS.replace(":", " "), OURS + "." + OURS, OURS[7:], OURS + "\u200b"],
)  # fmt: skip
def test_without_our_text_no_token_is_even_asked_for(server, description):
    server.accounts[EMAIL].description = description
    with pytest.raises(CustomerFault) as caught:
        iam_at(server.url).credentials_of(WANTED)
    assert caught.value.reason == "ownership-unproven"
    assert OURS in caught.value.message
    assert THEIRS not in caught.value.message
    assert server.tokens == 0


def test_a_text_that_was_removed_later_is_missed_at_the_next_use(server):
    iam = iam_at(server.url)
    iam.credentials_of(WANTED)
    server.accounts[EMAIL].description = "Delivers our events."
    with pytest.raises(CustomerFault) as caught:
        iam.credentials_of(WANTED)
    assert caught.value.reason == "ownership-unproven"
    assert server.tokens == 1


def test_an_account_that_is_described_under_another_name_proves_nothing(server, proxy):
    body = {"email": "other@customer-project.iam.gserviceaccount.com", "description": OURS}
    fault = proxy.add(Fault(method="GET", answer=200, body=body))
    with pytest.raises(CustomerFault):
        iam_at(proxy.url).credentials_of(WANTED)
    assert (fault.fired, server.tokens) == (1, 0)


@pytest.mark.parametrize("account", [None, Account(OURS, granted=False)])
def test_an_account_that_we_may_not_use_is_told_with_what_to_do(server, account):
    if account is None:
        del server.accounts[EMAIL]
    else:
        server.accounts[EMAIL] = account
    with pytest.raises(CustomerFault, match="Token Creator") as caught:
        iam_at(server.url).credentials_of(WANTED)
    assert caught.value.reason == "403-impersonation"


def test_a_right_that_ends_between_the_two_requests_is_told(server, proxy):
    fault = proxy.add(Fault(method="POST", answer=403, body=b"{}"))
    with pytest.raises(CustomerFault) as caught:
        iam_at(proxy.url).credentials_of(WANTED)
    assert (caught.value.reason, fault.fired) == ("403-impersonation", 1)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "what", [{"answer": 429}, {"answer": 503}, {"cut": "before"}, {"cut": "answer"}, {"delay_s": 4}]
)
def test_a_service_that_is_away_is_left_to_the_queue(server, proxy, method, what):
    fault = proxy.add(Fault(method=method, times=None, **what))
    with pytest.raises(Transient) as caught:
        iam_at(proxy.url).credentials_of(WANTED)
    assert caught.value.reason == "iam-unavailable"
    assert fault.fired


def test_an_answer_that_is_no_json_is_left_to_the_queue(proxy):
    fault = proxy.add(Fault(method="GET", answer=200, body=b"<html>busy</html>"))
    with pytest.raises(Transient):
        iam_at(proxy.url).credentials_of(WANTED)
    assert fault.fired == 1


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b'"x"', b"{}", b'{"email": 7, "description": []}']
)
def test_an_answer_of_another_form_proves_nothing(server, proxy, body):
    fault = proxy.add(Fault(method="GET", answer=200, body=body))
    with pytest.raises(CustomerFault):
        iam_at(proxy.url).credentials_of(WANTED)
    assert (fault.fired, server.tokens) == (1, 0)


def test_a_redirection_is_not_followed(server, proxy):
    with Listener() as listener:
        headers = {"Location": f"http://127.0.0.1:{listener.port}/"}
        fault = proxy.add(Fault(method="GET", answer=302, headers=headers))
        with pytest.raises(CustomerFault):
            iam_at(proxy.url).credentials_of(WANTED)
        assert (fault.fired, listener.count(), server.tokens) == (1, 0, 0)


def no_identity() -> Credentials:
    raise DefaultCredentialsError("none")


def test_an_identity_of_our_own_that_is_missing_or_refused_is_our_fault(server):
    for iam in (iam_at(server.url, "wrong-token"), Iam(no_identity, iam_url=server.url)):
        with pytest.raises(OurFault) as caught:
            iam.credentials_of(WANTED)
        assert caught.value.reason == "own-identity-missing"


@pytest.mark.parametrize(
    "email", ["", "ada@example.com", f"{EMAIL}/../x", f"{EMAIL}?x", f"{EMAIL}\n", f"x%2f{EMAIL}"]
)
def test_an_address_of_another_form_never_becomes_part_of_a_request(email):
    with pytest.raises(InvalidInput):
        Impersonation(email, OURS)


def test_no_token_is_logged_or_shown(server, proxy, caplog):
    caplog.set_level(logging.DEBUG)
    credentials = iam_at(proxy.url).credentials_of(WANTED)
    assert not found_in(repr(credentials))
    proxy.add(Fault(method="POST", answer=200, body={"accessToken": TOKEN}))
    with pytest.raises(CustomerFault) as caught:
        iam_at(proxy.url).credentials_of(WANTED)
    assert caught.value.__context__ is None, "the library's error holds the body of the answer"
    assert not found_in("".join(traceback.format_exception(caught.value)))
    assert not found_in(str([vars(record) for record in caplog.records]))
