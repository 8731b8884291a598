"""No other site can change anything by way of a member's browser."""

from datetime import timedelta

import pytest
from flask import Flask, Response
from werkzeug.test import EnvironBuilder

from functions.api.csrf import FIELD, HEADER, KEPT, check_request, form_token
from functions.api.headers import CONTENT_SECURITY_POLICY, SECURITY_HEADERS, secure
from shared.domain.members import Caller, Via
from shared.domain.pages import encode
from shared.errors import NotAllowed
from tests.domain.makers import NOW

SECRET = b"s" * 32
ANN, BOB = Caller("ann@example.com", Via.IAP), Caller("bob@example.com", Via.IAP)
HOST = "sluice.example.com"
OURS = {"Sec-Fetch-Site": "same-origin", "Origin": f"https://{HOST}"}
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def send(headers=OURS, caller=ANN, method="POST", content_type=JSON, host=HOST, now=NOW, **form):
    builder = EnvironBuilder(
        method=method,
        headers=dict(headers),
        content_type=content_type,
        data=form if content_type == FORM else b"{}",
    )
    environ = builder.get_environ() | {"HTTP_HOST": host}
    check_request(Flask("test").request_class(environ), caller, SECRET, now)


def refused(**request):
    with pytest.raises(NotAllowed) as caught:
        send(**request)
    return caught.value.reason


def token(caller=ANN, secret=SECRET, now=NOW):
    return form_token(caller, secret, now)


def test_a_form_of_ours_is_taken():
    send(content_type=FORM, **{FIELD: token()})
    send(headers=OURS | {HEADER: token()}, content_type=FORM)


def test_a_request_of_our_own_script_is_taken():
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        send(method=method)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", "", "anything"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_the_browser_says_comes_from_elsewhere_is_refused(site, method):
    headers = OURS | {"Sec-Fetch-Site": site}
    assert refused(headers=headers, method=method) == "cross-site"
    filled = {FIELD: token()}
    assert refused(headers=headers, method=method, content_type=FORM, **filled) == "cross-site"


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        f"http://{HOST}",
        f"https://{HOST}.evil.example",
        f"https://{HOST}:8443",
        f"https://{HOST}/",
        f"https://evil.example@{HOST}",
    ],
)
def test_another_origin_is_refused(origin):
    assert refused(headers={"Origin": origin}) == "cross-site"
    assert refused(headers=OURS | {"Origin": origin}) == "cross-site"


def test_on_this_machine_a_page_comes_without_tls():
    for host in ("localhost:8080", "127.0.0.1:8080", "[::1]:8080"):
        send(headers={"Origin": f"http://{host}"}, host=host)
    headers = {"Origin": "http://localhost:9999"}
    assert refused(headers=headers, host="localhost:8080") == "cross-site"


WRONG_TOKENS = {
    "none": "",
    "another member's": token(BOB),
    "the same address by another way": token(Caller(ANN.email, Via.LOCAL)),
    "another installation's": token(secret=b"t" * 32),
    "a page token": encode([int(NOW.timestamp())], SECRET, f"form:iap:{ANN.email}"),
    "cut off": token()[:-1],
    "garbage": "é\0",
    "very long": "A" * 100_000,
}


@pytest.mark.parametrize("wrong", WRONG_TOKENS)
@pytest.mark.parametrize("headers", [OURS, {}])
def test_a_form_without_its_token_is_refused(wrong, headers):
    filled = {FIELD: WRONG_TOKENS[wrong]}
    assert refused(headers=headers, content_type=FORM, **filled) == "cross-site"


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x"])
def test_other_forms_need_a_token_as_well(content_type):
    assert refused(headers={}, content_type=content_type) == "cross-site"


def test_a_form_may_be_open_for_a_working_day():
    send(content_type=FORM, now=NOW + KEPT, **{FIELD: token()})
    late = NOW + KEPT + timedelta(seconds=1)
    assert refused(content_type=FORM, now=late, **{FIELD: token()}) == "form-too-old"
    early = NOW - timedelta(hours=1)
    assert refused(content_type=FORM, now=early, **{FIELD: token()}) == "form-too-old"


@pytest.mark.parametrize("via", [Via.KEY, Via.TOKEN])
def test_a_program_that_shows_its_key_needs_no_token(via):
    send(headers={"Origin": "https://elsewhere.example"}, caller=Caller("key:1", via))


def test_a_program_that_is_no_browser_needs_none_either():
    send(headers={})
    send(headers={}, caller=Caller(ANN.email, Via.LOCAL), host="localhost:8080")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_whoever_only_looks_is_not_asked(method):
    send(headers={"Sec-Fetch-Site": "cross-site"}, method=method)


def test_every_answer_forbids_what_pages_do_not_need():
    response = secure(Response("x"))
    for name, value in SECURITY_HEADERS.items():
        assert response.headers[name] == value
    assert response.headers["Cache-Control"] == "no-store"
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY


def test_an_answer_may_say_how_long_it_is_kept():
    response = Response("x", headers={"Cache-Control": "public, max-age=31536000"})
    assert secure(response).headers["Cache-Control"] == "public, max-age=31536000"
