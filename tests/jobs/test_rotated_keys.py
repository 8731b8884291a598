"""A new key takes the place of the old one, which is destroyed; whoever reads meanwhile goes on."""

from dataclasses import replace

import pytest

from shared.bootstrap import open_bucket
from shared.errors import (
    OurFault,
    Transient,
)
from shared.jobs.customer_buckets import CustomerBuckets
from shared.jobs.manage_buckets import (
    add_bucket,
    bucket_of,
    remove_bucket,
    rotate_bucket,
)
from shared.state import buckets
from tests.credentials.keys import key_file
from tests.domain.makers import HOUR
from tests.jobs.faults import Fault as PortFault
from tests.jobs.samples import mixed_events
from tests.jobs.saved_buckets import SECOND_ID, refused, second_key, stored

ROWS = mixed_events(50)


@pytest.fixture
def url(cloud_bucket) -> str:
    """An empty bucket of a real server of Cloud Storage."""
    return f"gs://{cloud_bucket}"


@pytest.fixture
def services(house):
    return house.services


def test_a_rotated_key_takes_the_place_of_the_old_one_which_is_destroyed(house, services, url):
    before = add_bucket(services, 1, url, nickname="Partner", key_file=key_file())
    house.now += HOUR
    after = rotate_bucket(services, 1, "Partner", key_file=second_key())
    assert (after.access.key_id, after.credentials_at) == (SECOND_ID, house.now)
    assert after.created_at == before.created_at
    with pytest.raises(OurFault):
        services.secrets.get(before.access.secret)
    services.bucket(1, url).check()
    assert stored(house) == 1


def test_a_new_key_that_does_not_work_leaves_the_old_one(house, services, url, monkeypatch):
    saved = add_bucket(services, 1, url, key_file=key_file())
    refused(lambda: rotate_bucket(services, 1, url, key_file=b"{}"))
    monkeypatch.delenv("STORAGE_EMULATOR_HOST")
    refused(lambda: rotate_bucket(services, 1, url))
    assert bucket_of(services, 1, url) == saved
    assert stored(house) == 1


def test_a_worker_that_read_the_old_key_while_it_was_rotated_uses_the_new_one(services, url):
    add_bucket(services, 1, url, key_file=key_file())

    def rotate() -> None:
        rotate_bucket(services, 1, url, key_file=second_key())

    fault = PortFault("get", rotate)
    opened = []

    def open_with(url, credential):
        opened.append(credential.key_id)
        return open_bucket(url, credential)

    late = CustomerBuckets(services.database, fault.on(services.secrets), open_with)
    late(1, url).check()
    assert (fault.fired, opened) == (1, [SECOND_ID])


def test_of_two_who_rotate_at_once_the_loser_changes_nothing(house, services, url):
    add_bucket(services, 1, url, key_file=key_file())

    def rotate() -> None:
        rotate_bucket(services, 1, url, key_file=second_key())

    fault = PortFault("put", rotate)
    late = replace(services, secrets=fault.on(services.secrets))
    assert "changed meanwhile" in refused(
        lambda: rotate_bucket(late, 1, url, key_file=key_file(private_key_id="e" * 40))
    )
    assert fault.fired == 1
    assert bucket_of(services, 1, url).access.key_id == SECOND_ID
    assert stored(house) == 1


def test_a_key_that_is_not_that_of_the_bucket_is_not_used(services, url, cloud_storage):
    """Whoever can write to state, and to nothing else, cannot exchange two customers' keys."""
    one = add_bucket(services, 1, url, key_file=key_file())
    other = add_bucket(services, 1, f"gs://{cloud_storage.new_bucket()}", key_file=second_key())
    swapped = replace(one.access, secret=other.access.secret)
    services.database.run(lambda c: buckets.set_access(c, one, swapped, one.created_at))
    with pytest.raises(OurFault) as caught:
        services.bucket(1, url)
    assert caught.value.reason == "secret-unreadable"


def test_a_key_that_cannot_be_destroyed_is_told_in_the_log_only(services, url, caplog):
    saved = add_bucket(services, 1, url, key_file=key_file())

    def away() -> None:
        raise Transient("away", reason="secrets-unavailable")

    fault = PortFault("destroy", away)
    caplog.set_level("INFO", logger="sluice")
    remove_bucket(replace(services, secrets=fault.on(services.secrets)), 1, url)
    assert fault.fired == 1
    assert saved.access.secret in caplog.text


def test_a_store_of_secrets_that_is_away_is_tried_again(house, services, url):
    house.load(ROWS[:5])
    add_bucket(services, 1, url, key_file=key_file())
    export = house.export(bucket=url)
    messages = house.planned(export)

    def away() -> None:
        raise Transient("away", reason="secrets-unavailable")

    fault = PortFault("get", away)
    buckets_then = CustomerBuckets(services.database, fault.on(services.secrets), open_bucket)
    late = replace(services, bucket=buckets_then)
    assert house.deliver(messages[0], late) == "secrets-unavailable"
    assert fault.fired == 1
    house.finish()
    assert str(house.run(export).status) == "DONE"


def test_a_run_whose_bucket_was_lost_fails_and_says_why(house, services, url, monkeypatch):
    house.load(ROWS[:5])
    saved = add_bucket(services, 1, url, key_file=key_file())
    export = house.export(bucket=url)
    messages = house.planned(export)
    services.secrets.destroy(saved.access.secret)
    assert house.deliver(messages[0]) is None
    run = house.run(export)
    assert (str(run.status), run.error_reason) == ("FAILED", "secret-missing")
