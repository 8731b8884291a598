"""Handlers let in who may call, and say with a short answer how their job ended."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from google.auth import crypt, jwt

from shared.adapters.push_tokens import PushTokens
from shared.bootstrap import start
from shared.config import from_environment
from shared.errors import CustomerFault, InvalidInput, OurFault, Transient
from shared.handling import take_call, take_push
from shared.push import push_body
from shared.tracing import log_fields
from tests.adapters.test_push_tokens import AUDIENCE, EMAIL, KEY_ID, claims
from tests.servers.google_certs import new_key, running_cert_server

ROOT = Path(__file__).parents[2]
TRACE = "0af7651916cd43dd8448eb211c80319c"
HEADER = f"00-{TRACE}-b7ad6b7169203331-01"


def request(headers=None, attributes=None):
    body = push_body("export-slices", {"run_id": 1}, "7")
    body["message"]["attributes"] = attributes or {}
    with Flask("test").test_request_context("/", "POST", headers=headers, json=body) as context:
        return context.request


class Job:
    """Remembers its calls and what the log would say of them."""

    def __init__(self, error: Exception | None = None) -> None:
        self.calls = []
        self.traces = []
        self._error = error

    def __call__(self, *push) -> None:
        self.calls.append(push)
        self.traces.append(log_fields()["logging.googleapis.com/trace"])
        if self._error is not None:
            raise self._error


@pytest.fixture(scope="module")
def key():
    return new_key()


@pytest.fixture
def asked(key):
    with running_cert_server() as certs:
        certs.certificates = {KEY_ID: key.certificate}
        yield PushTokens(AUDIENCE, EMAIL, certs_url=certs.url), certs


def bearer(key, **changes):
    signer = crypt.RSASigner.from_string(key.private_pem)
    token = jwt.encode(signer, claims(**changes), key_id=KEY_ID).decode()
    return {"Authorization": f"Bearer {token}"}


def test_the_job_is_done_for_a_caller_who_may_call(asked, key):
    job = Job()
    assert take_push(request(bearer(key)), asked[0], job) == ("", 204)
    assert take_call(request(bearer(key)), asked[0], job) == ("", 204)
    assert [len(call) for call in job.calls] == [1, 0]


def test_any_other_caller_gets_401_and_nothing_is_done_or_told(asked, key, caplog):
    job = Job()
    wrong = bearer(key, email="x@example.com")
    assert take_push(request(wrong), asked[0], job) == ("token-of-another-account", 401)
    assert take_call(request(wrong), asked[0], job) == ("token-of-another-account", 401)
    assert take_push(request(), asked[0], job) == ("token-missing", 401)
    assert job.calls == []
    assert [json.loads(each.getMessage())["event"] for each in caplog.records] == [
        "caller_refused"
    ] * 3
    token = wrong["Authorization"].split()[1]
    assert not any(part in caplog.text for part in [*token.split("."), "x@example.com"])


def test_a_caller_who_cannot_be_verified_for_now_is_to_come_again(asked, key):
    job = Job()
    asked[1].status = 503
    assert take_push(request(bearer(key)), asked[0], job) == ("certs-unavailable", 503)
    assert job.calls == []


@pytest.mark.parametrize(
    ("error", "answered"),
    [
        (InvalidInput("no", reason="bad-message"), ("bad-message", 400)),
        (CustomerFault("no", reason="403-forbidden"), ("", 204)),
        (Transient("no", reason="busy"), ("busy", 503)),
        (OurFault("no", reason="rows-differ"), ("rows-differ", 500)),
    ],
)
def test_each_class_of_fault_has_its_answer(error, answered, caplog):
    assert take_push(request(), None, Job(error)) == answered
    [record] = caplog.records
    assert json.loads(record.getMessage())["reason"] == error.reason


@pytest.mark.parametrize(
    ("attributes", "headers"),
    [
        ({"traceparent": HEADER}, {"traceparent": HEADER.replace("0af", "fff")}),
        ({}, {"traceparent": HEADER}),
        ({"traceparent": "nonsense"}, {"traceparent": HEADER}),
    ],
)
def test_a_job_belongs_to_the_trace_of_its_message_or_else_of_its_request(
    attributes, headers, monkeypatch
):
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    job = Job()
    take_push(request(headers, attributes), None, job)
    assert job.traces == [TRACE]
    assert log_fields() == {}


def test_a_job_without_a_trace_begins_one():
    job = Job()
    take_push(request(), None, job)
    take_call(request(), None, job)
    assert len(set(job.traces)) == 2


def test_nobody_is_asked_for_a_token_unless_that_is_configured(monkeypatch):
    for name in ("PUSH_AUDIENCE", "PUSH_SERVICE_ACCOUNT"):
        monkeypatch.delenv(name, raising=False)
    assert start.__wrapped__() is None
    monkeypatch.setenv("PUSH_AUDIENCE", AUDIENCE)
    monkeypatch.setenv("PUSH_SERVICE_ACCOUNT", EMAIL)
    assert isinstance(start.__wrapped__(), PushTokens)


@pytest.mark.parametrize("name", ["PUSH_AUDIENCE", "PUSH_SERVICE_ACCOUNT"])
def test_a_configuration_by_halves_is_an_error(name):
    with pytest.raises(InvalidInput, match="belong together") as caught:
        from_environment({name: "x"})
    assert caught.value.reason == "bad-configuration"


@pytest.mark.parametrize("target", ["scheduler", "planner", "worker", "prober", "monitor"])
def test_a_function_configured_by_halves_does_not_start(target, tmp_path):
    environment = {"SLUICE_HOME": str(tmp_path), "PUSH_AUDIENCE": AUDIENCE}
    program = f"import main; main.{target}"
    command = [sys.executable, "-c", program]
    started = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert started.returncode == 1
    assert "PUSH_AUDIENCE and PUSH_SERVICE_ACCOUNT belong together" in started.stderr
