"""Both probers answer in time, whatever the other side does, and say nothing that is secret."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from google.auth.credentials import Credentials
from google.auth.exceptions import DefaultCredentialsError, TransportError

from shared.adapters import http_prober, in_time
from shared.adapters.gcs import open_gcs
from shared.adapters.gcs_patience import BRIEF
from shared.adapters.http_prober import HttpProber
from shared.adapters.inline_prober import InlineProber
from shared.domain.bucket_access import Access
from shared.domain.bucket_steps import Part, Trial
from shared.domain.told_trials import answer_text
from shared.errors import CustomerFault, InvalidInput, OurFault, Transient
from tests.adapters.test_push_tokens import claims
from tests.leaks import found_in, watch
from tests.servers.google_certs import new_key

URL = "gs://partner-feed"
TOKEN = watch("identity-token-canary-5d1e")
BODY = watch("canary-in-a-page-of-an-error")


class Identity(Credentials):
    def __init__(self, audience):
        super().__init__()
        self.audience = audience
        self.asked = 0

    def refresh(self, request):
        self.asked += 1
        self.token = TOKEN


def test_each_prober_gives_up_before_whoever_asked_does():
    assert in_time.SECONDS < 10
    assert in_time.SECONDS < http_prober.ANSWER_S
    assert http_prober.CONNECT_S + http_prober.ANSWER_S < 15
    # A token, the question for rights, and a look at the settings.
    assert 3 * BRIEF.answer_s < in_time.SECONDS


def test_a_server_that_hangs_is_given_up(cloud):
    released = threading.Event()
    fault = cloud.fault(hold=released, times=None)
    hanging = InlineProber(lambda *_: cloud.bucket, lambda *_: cloud.bucket, seconds=0.2)
    with pytest.raises(Transient) as caught:
        hanging.probe(1, URL)
    released.set()
    assert (caught.value.reason, fault.fired) == ("probe-too-slow", 1)


def test_a_server_that_is_slow_alone_is_told_by_the_step_itself(cloud):
    fault = cloud.fault(hold=threading.Event(), times=None)
    brief = open_gcs(cloud.name, None, patience=BRIEF)
    with pytest.raises(Transient) as caught:
        InlineProber(lambda *_: brief, lambda *_: brief).probe(1, URL)
    assert (caught.value.reason, fault.fired > 0) == ("cloud-unavailable", True)


def test_the_trial_itself_is_given_back(cloud):
    found = InlineProber(lambda *_: cloud.bucket, lambda *_: cloud.bucket).probe(1, URL)
    assert (found.fault, found.location) == (None, cloud.bucket.try_out().location)


def test_what_was_given_is_tried_and_not_what_is_saved():
    def saved(account_id, url):
        raise AssertionError("what is saved was opened")

    def given(account_id, url, access):
        raise CustomerFault(f"{account_id} {url} {access.kind}", reason="ownership-unproven")

    found = InlineProber(saved, given).probe(1, URL, Access("key"))
    assert (found.failed_at, found.fault.message) == (Part.CREDENTIALS, f"1 {URL} key")


@pytest.mark.parametrize(
    "error", [OurFault("no"), Transient("no"), InvalidInput("no"), ZeroDivisionError()]
)
def test_an_error_comes_through_as_it_is(error):
    def broken(*_):
        raise error

    with pytest.raises(type(error)) as caught:
        InlineProber(broken, broken).probe(1, URL)
    assert caught.value is error


@contextmanager
def answering(status=200, body=b"", headers=None):
    """A server that gives one answer to everybody, and remembers what it was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            content = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((dict(self.headers), content))
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """What was asked is remembered."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


FINE = Trial(may_create=True, may_read=False, location="EU")


def test_it_is_asked_with_a_token_for_its_address_that_is_fetched_once():
    identities = []

    def identity(audience):
        identities.append(Identity(audience))
        return identities[0]

    with answering(body=answer_text(FINE).encode()) as (url, asked):
        prober = HttpProber(url, identity=identity)
        access = Access("key", "a@b.iam.gserviceaccount.com", "abc", "bucket-1-x/1")
        assert [prober.probe(1, URL, access) for _ in range(2)] == [FINE, FINE]
    assert [each.audience for each in identities] == [url]
    assert identities[0].asked == 1
    headers, content = asked[0]
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["traceparent"].startswith("00-")
    assert json.loads(content) == {
        "account_id": 1,
        "url": URL,
        "access": {
            "kind": "key",
            "email": "a@b.iam.gserviceaccount.com",
            "key_id": "abc",
            "secret": "bucket-1-x/1",
        },
    }


def test_a_fault_of_the_customers_comes_back_with_its_step_and_words():
    refused = Trial(failed_at=Part.TOKEN, fault=CustomerFault("No.", reason="403-forbidden"))
    with answering(body=answer_text(refused).encode()) as (url, _):
        found = HttpProber(url, identity=Identity).probe(1, URL)
    fault = found.fault
    assert (found.failed_at, fault.reason, fault.message) == (Part.TOKEN, "403-forbidden", "No.")


ANSWERS = {
    "not let in": (401, b"token-missing", OurFault, "prober-denied"),
    "not invited": (403, BODY.encode(), OurFault, "prober-denied"),
    "another address": (404, BODY.encode(), OurFault, "prober-denied"),
    "moved": (302, BODY.encode(), Transient, "prober-unavailable"),
    "overloaded": (429, b"", Transient, "prober-unavailable"),
    "a page of an error": (500, f"<html>{BODY}</html>".encode(), Transient, "prober-unavailable"),
    "bytes": (503, b"\xff\xfe", Transient, "prober-unavailable"),
    "slow": (503, b"probe-too-slow", Transient, "probe-too-slow"),
    "secrets away": (503, b"secrets-unavailable", Transient, "secrets-unavailable"),
    "a lost key": (500, b"secret-missing", OurFault, "secret-missing"),
    "a question of another version": (400, b"bad-message", InvalidInput, "bad-message"),
    "done without a word": (204, b"", Transient, "prober-unavailable"),
    "half an answer": (200, answer_text(FINE).encode()[:-9], Transient, "prober-unavailable"),
    "another answer": (200, b'{"ok": true}', Transient, "prober-unavailable"),
    "an endless answer": (200, b" " * 50_000, Transient, "prober-unavailable"),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_each_other_answer_is_an_error_of_its_kind_that_repeats_nothing(case):
    status, body, kind, reason = ANSWERS[case]
    with answering(status, body, {"Location": "http://127.0.0.1:9/"}) as (url, asked):
        with pytest.raises(kind) as caught:
            HttpProber(url, identity=Identity).probe(1, URL)
        assert len(asked) == 1
    assert caught.value.reason == reason
    assert not found_in(repr(caught.value) + repr(caught.value.__dict__))
    assert caught.value.__cause__ is caught.value.__context__ is None or case in WITHIN


# Raised while another error is handled, which holds nothing of theirs either.
WITHIN = {"half an answer", "another answer", "an endless answer"}


def test_a_prober_that_does_not_answer_in_time_is_away(cloud):
    fault = cloud.fault(hold=threading.Event(), times=None)
    with pytest.raises(Transient) as caught:
        HttpProber(cloud.proxy.url, identity=Identity, answer_s=0.2).probe(1, URL)
    assert (caught.value.reason, fault.fired) == ("prober-unavailable", 1)


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (DefaultCredentialsError("none"), OurFault, "own-identity-missing"),
        (TransportError("away"), Transient, "prober-unavailable"),
    ],
)
def test_without_an_identity_nobody_is_asked(error, kind, reason):
    def identity(audience):
        raise error

    with answering() as (url, asked), pytest.raises(kind) as caught:
        HttpProber(url, identity=identity).probe(1, URL)
    assert (caught.value.reason, asked) == (reason, [])


def test_our_own_identity_asks_google_for_a_token_for_this_audience(tmp_path, monkeypatch):
    key = new_key()
    signed = watch("eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmVkLWJ5LWdvb2dsZQ")
    expires = claims()["exp"]
    monkeypatch.setattr(
        "google.oauth2._client.jwt.decode", lambda token, verify: {"exp": expires, "aud": token}
    )
    with answering(body=json.dumps({"id_token": signed}).encode()) as (url, asked):
        file = tmp_path / "own.json"
        file.write_text(
            json.dumps(
                {
                    "type": "service_account",
                    "client_email": "api@our-project.iam.gserviceaccount.com",
                    "private_key": key.private_pem,
                    "private_key_id": "1",
                    "token_uri": url,
                }
            )
        )
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
        prober = HttpProber("https://prober.example")
        assert prober._token() == signed
    assert len(asked) == 1
