"""Faults of Secret Manager: each becomes one of ours, and none carries a key along."""

import base64
import logging
import traceback
from collections.abc import Iterator

import google_crc32c
import pytest

from shared.adapters.secret_manager import SecretManager
from shared.errors import OurFault, SluiceError, Transient
from tests.leaks import found_in, watch
from tests.servers.fault_proxy import Fault, FaultProxy, google_error
from tests.servers.secret_manager import PROJECT

VALUE = watch("canary-on-the-wire-3c5a81f7").encode()
ADD, CREATE, ACCESS, DESTROY = ":addVersion", "secretId=", ":access", ":destroy"


@pytest.fixture(scope="module")
def proxy(secret_manager: str) -> Iterator[FaultProxy]:
    with FaultProxy(secret_manager) as between:
        yield between


@pytest.fixture
def store(proxy: FaultProxy) -> SecretManager:
    """A store whose patience is short: whoever meets the end of it has seen the fault."""
    proxy.clear()
    return SecretManager(PROJECT, test_server=proxy.url, call_s=2, read_s=3)


def refused(action) -> SluiceError:
    with pytest.raises(SluiceError) as caught:
        action()
    error = caught.value
    assert error.__context__ is None, "the library's error holds the body of the request"
    assert not found_in("".join(traceback.format_exception(error)))
    return error


def sent(proxy, path) -> int:
    return sum(path in request.path for request in proxy.requests)


@pytest.mark.parametrize(
    ("status", "reason"), [(401, "own-identity-missing"), (403, "secrets-denied")]
)
@pytest.mark.parametrize("path", [ADD, ACCESS, DESTROY])
def test_a_refusal_is_our_fault(proxy, store, status, reason, path):
    reference = store.put("refused", VALUE)
    body = google_error(status, "forbidden", "Permission denied on resource.")
    fault = proxy.add(Fault(path=path, answer=status, body=body))
    action = {
        ADD: lambda: store.put("refused", VALUE),
        ACCESS: lambda: store.get(reference),
        DESTROY: lambda: store.destroy(reference),
    }[path]
    error = refused(action)
    assert (type(error), error.reason, fault.fired) == (OurFault, reason, 1)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_read_is_repeated_while_the_service_is_busy(proxy, store, status):
    reference = store.put("busy", VALUE)
    fault = proxy.add(Fault(path=ACCESS, answer=status, times=2))
    assert store.get(reference) == VALUE
    assert fault.fired == 2


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_read_is_repeated_when_the_line_breaks(proxy, store, cut):
    reference = store.put("cut", VALUE)
    fault = proxy.add(Fault(path=ACCESS, cut=cut))
    assert store.get(reference) == VALUE
    assert fault.fired == 1


def test_a_service_that_stays_away_is_left_to_the_queue(proxy, store):
    reference = store.put("away", VALUE)
    fault = proxy.add(Fault(path=ACCESS, answer=503, times=None))
    error = refused(lambda: store.get(reference))
    assert (type(error), error.reason) == (Transient, "secrets-unavailable")
    assert fault.fired > 1


def test_a_service_that_never_answers_is_left_to_the_queue(proxy, store):
    fault = proxy.add(Fault(path=ADD, delay_s=5))
    error = refused(lambda: store.put("silent", VALUE))
    assert (type(error), error.reason, fault.fired) == (Transient, "secrets-unavailable", 1)


@pytest.mark.parametrize("change", [{"answer": 503}, {"cut": "middle"}, {"lose_answer": True}])
def test_a_write_is_not_repeated(proxy, store, change):
    store.put("write", b"first")
    proxy.clear()
    fault = proxy.add(Fault(path=ADD, **change))
    error = refused(lambda: store.put("write", VALUE))
    assert (type(error), fault.fired, sent(proxy, ADD)) == (Transient, 1, 1)
    assert store.get(store.put("write", VALUE)) == VALUE


def test_a_bucket_that_has_a_secret_needs_no_right_to_create_one(proxy, store):
    store.put("rotated", b"first")
    proxy.clear()
    proxy.add(Fault(path=CREATE, answer=403))
    assert store.get(store.put("rotated", VALUE)) == VALUE
    assert sent(proxy, CREATE) == 0


def test_a_secret_that_somebody_makes_at_the_same_moment_is_used(proxy, store):
    store.put("both", b"theirs")
    fault = proxy.add(Fault(path=ADD, answer=404))
    assert store.get(store.put("both", VALUE)) == VALUE
    assert (fault.fired, sent(proxy, CREATE)) == (1, 2)


def test_destroying_what_is_destroyed_is_refused_by_google_and_fine(proxy, store):
    reference = store.put("gone", VALUE)
    store.destroy(reference)
    body = google_error(400, "failedPrecondition", "SecretVersion is already destroyed.")
    fault = proxy.add(Fault(path=DESTROY, answer=400, body=body))
    store.destroy(reference)
    assert fault.fired == 1


def test_references_name_the_project_as_we_do(proxy, store):
    """Google answers with the project's number, which no later request of ours would match."""
    number = {"name": "projects/123456789012/secrets/numbered/versions/7"}
    fault = proxy.add(Fault(path=ADD, answer=200, body=number))
    assert store.put("numbered", VALUE) == f"projects/{PROJECT}/secrets/numbered/versions/7"
    assert fault.fired == 1


@pytest.mark.parametrize("damage", [0, 1])
def test_a_value_is_checked_against_its_checksum(proxy, store, damage):
    checksum = google_crc32c.value(VALUE) + damage
    payload = {"data": base64.b64encode(VALUE).decode(), "dataCrc32c": str(checksum)}
    reference = f"projects/{PROJECT}/secrets/x/versions/1"
    body = {"name": reference, "payload": payload}
    fault = proxy.add(Fault(path=ACCESS, answer=200, body=body))
    if damage:
        assert refused(lambda: store.get(reference)).reason == "secret-unreadable"
    else:
        assert store.get(reference) == VALUE
    assert fault.fired == 1


def test_nothing_of_a_secret_is_logged_even_where_everything_is(store, caplog):
    caplog.set_level(logging.DEBUG)
    reference = store.put("logged", VALUE)
    store.get(reference)
    store.destroy(reference)
    assert not found_in(str([vars(record) for record in caplog.records]))
    assert any("addVersion" in record.getMessage() for record in caplog.records), "logs are on"
    client = logging.getLogger("google.cloud.secretmanager_v1.services.secret_manager_service")
    assert not client.isEnabledFor(logging.DEBUG)


def test_without_an_identity_of_our_own_the_error_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "nothing.json"))
    error = refused(lambda: SecretManager(PROJECT).get(f"projects/{PROJECT}/secrets/x/versions/1"))
    assert (type(error), error.reason) == (OurFault, "own-identity-missing")
