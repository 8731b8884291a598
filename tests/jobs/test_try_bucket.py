"""A saved bucket is tried step by step; whoever saves one sees the step at which it failed."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest

from shared.adapters.inline_prober import InlineProber
from shared.domain.bucket_steps import LOOKING, BucketRefused, Outcome, Part
from shared.domain.members import Actor, Role, Via
from shared.errors import CustomerFault, NotAllowed, NotFound, TooMany
from shared.jobs.audit import list_audit
from shared.jobs.manage_buckets import add_bucket, bucket_of, list_buckets
from shared.jobs.try_bucket import failed_step, try_bucket
from tests.credentials.keys import key_file
from tests.leaks import found_in
from tests.servers.fault_proxy import Fault, FaultProxy, google_error

EDITOR = Actor("bob@example.com", Role.EDITOR, Via.IAP)


@pytest.fixture
def services(house):
    return house.services


@pytest.fixture
def url(cloud_bucket, services):
    """A saved bucket of a real server of Cloud Storage."""
    address = f"gs://{cloud_bucket}"
    add_bucket(services, 1, address, nickname="Partner", key_file=key_file())
    return address


def test_a_bucket_that_works_passes_and_is_marked(house, services, url):
    house.now = house.now.replace(minute=30)
    steps = try_bucket(services, 1, "Partner", actor=EDITOR)
    assert failed_step(steps) is None
    assert [step.part for step in steps] == list(LOOKING)
    assert bucket_of(services, 1, url).worked_at == house.now
    entry = list_audit(services, 1).items[0]
    assert (entry.action, entry.actor, entry.detail["works"]) == (
        "buckets.test",
        EDITOR.email,
        True,
    )


def test_a_bucket_that_denies_shows_where_and_that_is_written_down(
    house, services, url, cloud_storage, monkeypatch
):
    before = bucket_of(services, 1, url)
    house.now = house.now.replace(minute=30)
    with FaultProxy(cloud_storage.url) as proxy:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)
        body = google_error(403, "forbidden", "no access")
        fault = proxy.add(Fault(answer=403, body=body, times=None))
        steps = try_bucket(services, 1, url, actor=EDITOR)
        assert fault.fired
    failed = failed_step(steps)
    assert (failed.part, failed.reason) == (Part.BUCKET, "403-forbidden")
    assert failed.detail == "Credentials are incorrect, GCP account is forbidden."
    assert steps[-1].outcome is Outcome.NOT_TRIED
    after = bucket_of(services, 1, url)
    assert (after.failure, after.failing_since) == ("403-forbidden", house.now)
    assert after.worked_at == before.worked_at
    assert list_audit(services, 1).items[0].detail["reason"] == "403-forbidden"


def test_credentials_that_cannot_be_put_together_fail_first(services, url):
    def refuse(account_id, address):
        raise CustomerFault("Whose it is cannot be told.", reason="ownership-unproven")

    steps = try_bucket(replace(services, prober=InlineProber(refuse, refuse)), 1, url)
    assert failed_step(steps).part is Part.CREDENTIALS


def test_an_object_is_left_where_that_was_asked_for_and_that_is_written_down(
    house, services, url, cloud_storage
):
    steps = try_bucket(services, 1, url, write=True, actor=EDITOR)
    with cloud_storage.client() as client:
        (name,) = [blob.name for blob in client.list_blobs(url.removeprefix("gs://"))]
    assert name.startswith(f"_tests/sluice-{int(house.now.timestamp())}-")
    assert (steps[-1].part, steps[-1].outcome) == (Part.OBJECT, Outcome.PASSED)
    assert name in steps[-1].detail
    detail = list_audit(services, 1).items[0].detail
    assert (detail["test_object"], detail["left"], detail["works"]) == (name, "read_back", True)


def test_a_policy_that_hinders_writing_alone_is_found_and_noted(
    house, services, url, cloud_storage, monkeypatch
):
    house.now = house.now.replace(minute=30)
    with FaultProxy(cloud_storage.url) as proxy:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)
        body = google_error(403, "accountDisabled", "The billing account is closed.")
        proxy.add(Fault(path="^/upload/", answer=403, body=body, times=None))
        assert failed_step(try_bucket(services, 1, url)) is None
        failed = failed_step(try_bucket(services, 1, url, write=True))
    assert (failed.part, failed.reason) == (Part.OBJECT, "403-billing")
    assert bucket_of(services, 1, url).failure == "403-billing"


def test_an_object_of_which_nobody_answers_in_time_is_named_all_the_same(services, url):
    released = Event()
    slow = InlineProber(lambda *_: released.wait(), lambda *_: None, seconds=0.01)
    steps = try_bucket(replace(services, prober=slow), 1, url, write=True)
    released.set()
    detail = list_audit(services, 1).items[0].detail
    assert (failed_step(steps).reason, detail["left"]) == ("probe-too-slow", "doubtful")
    assert detail["test_object"] in steps[-1].detail
    assert bucket_of(services, 1, url).failure is None


def test_whoever_saves_a_bucket_sees_the_step_that_failed_and_nothing_is_kept(services, url):
    with pytest.raises(BucketRefused) as caught:
        add_bucket(services, 1, url + "-no", key_file=key_file())
    failed = failed_step(caught.value.steps)
    assert (failed.part, failed.reason) == (Part.BUCKET, "404-bucket-not-found")
    assert "create the key again, copy and paste it" in caught.value.message
    assert not found_in(repr(caught.value.steps))
    assert len(list_buckets(services, 1)) == 1


def test_a_viewer_tries_nothing_and_another_account_has_nothing_to_try(services, url):
    with pytest.raises(NotAllowed):
        try_bucket(services, 1, url, actor=replace(EDITOR, role=Role.VIEWER))
    with pytest.raises(NotFound):
        try_bucket(services, 2, url)


def test_of_a_thousand_tests_in_a_minute_twenty_reach_the_bucket(house, services, url):
    made = []
    for _ in range(1_000):
        with suppress(TooMany):
            made.append(try_bucket(services, 1, url, actor=EDITOR))
        house.now += timedelta(minutes=1) / 1_000
    # Ten at once, and ten within the minute that follows.
    assert len(made) in (19, 20)
    assert len(list_audit(services, 1, action="buckets.test").items) == len(made)
