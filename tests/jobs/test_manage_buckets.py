"""A bucket is saved only with credentials that open it, and lost only when nobody needs it."""

from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import google.auth
import pytest

from shared.errors import (
    CustomerFault,
    InvalidInput,
)
from shared.jobs.manage_buckets import (
    add_bucket,
    bucket_of,
    list_buckets,
    probe_bucket,
    remove_bucket,
    rotate_bucket,
)
from shared.jobs.manage_exports import edit_export, stop_export
from shared.state import accounts
from tests.credentials.keys import EMAIL, key_file
from tests.domain.makers import HOUR
from tests.jobs.faults import Fault as PortFault
from tests.jobs.house import ACCOUNT
from tests.jobs.samples import mixed_events
from tests.jobs.saved_buckets import refused, second_key, stored
from tests.leaks import found_in
from tests.servers.fault_proxy import Fault, FaultProxy, google_error

ROWS = mixed_events(50)


@pytest.fixture
def url(cloud_bucket) -> str:
    """An empty bucket of a real server of Cloud Storage."""
    return f"gs://{cloud_bucket}"


@pytest.fixture
def services(house):
    return house.services


def test_a_bucket_is_saved_with_a_key_that_opens_it(house, services, url):
    saved = add_bucket(services, 1, url, nickname="Partner", key_file=key_file())
    assert (saved.nickname, saved.url, saved.access.kind) == ("Partner", url, "key")
    assert saved.access.email == EMAIL
    assert saved.created_at == saved.worked_at == house.now
    assert list_buckets(services, 1) == [saved]
    assert stored(house) == 1
    services.bucket(1, url).check()


def test_nothing_of_a_key_lies_readable_anywhere(house, services, url):
    add_bucket(services, 1, url, key_file=key_file())
    rotate_bucket(services, 1, url, key_file=second_key())
    files = [path for path in house.folder.rglob("*") if path.is_file()]
    assert any(path.name == "state.sqlite" for path in files)
    assert not [path for path in files if found_in(path.read_bytes().decode("latin-1"))]


def test_an_export_delivers_to_a_saved_bucket(house, services, url, cloud_storage):
    house.load(ROWS)
    add_bucket(services, 1, url, key_file=key_file())
    export = house.export(bucket=url)
    house.finish()
    assert str(house.run(export).status) == "DONE"
    with cloud_storage.client() as client:
        names = [blob.name for blob in client.list_blobs(url.removeprefix("gs://"))]
    assert any(name.startswith("_manifests/") for name in names)
    assert len(names) > 1


def test_a_bucket_that_is_not_saved_is_open_on_a_test_server_only(
    house, services, url, monkeypatch
):
    house.load(ROWS[:5])
    house.export(bucket=url)
    monkeypatch.delenv("STORAGE_EMULATOR_HOST")
    assert "save" in refused(lambda: house.export(bucket=url))
    assert "save" in refused(lambda: add_bucket(services, 1, url))


def test_our_own_credentials_never_stand_in_for_a_customers(services, monkeypatch):
    def called(*args, **options):
        raise AssertionError("our own credentials were asked for")

    monkeypatch.setattr(google.auth, "default", called)
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    with pytest.raises(CustomerFault) as caught:
        services.bucket(1, "gs://somebody-elses")
    assert caught.value.reason == "bucket-not-saved"


def test_the_bucket_of_another_account_is_not_open(house, services, url, monkeypatch):
    house.put_account(replace(ACCOUNT, account_id=2))
    add_bucket(services, 1, url, key_file=key_file())
    monkeypatch.delenv("STORAGE_EMULATOR_HOST")
    with pytest.raises(CustomerFault):
        services.bucket(2, url)
    for action in (probe_bucket, remove_bucket, bucket_of):
        assert "no such bucket" in refused(lambda act=action: act(services, 2, url))
    assert services.bucket(1, url)


@pytest.mark.parametrize(
    "name", ["My-Bucket", "a/../b", "a;b", "`abc`", "abc ", "bücket", "abc/*x*/"]
)
def test_an_impossible_name_is_refused_before_anything_is_asked(house, services, name, monkeypatch):
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9")
    assert "bucket" in refused(lambda: add_bucket(services, 1, f"gs://{name}", key_file=key_file()))
    with pytest.raises(InvalidInput):
        services.bucket(1, f"gs://{name}")
    assert stored(house) == 0


def test_a_key_that_is_refused_is_not_kept(house, services, url):
    bad = key_file(token_uri="http://127.0.0.1/")
    assert "token_uri" in refused(lambda: add_bucket(services, 1, url, key_file=bad))
    assert list_buckets(services, 1) == []
    assert stored(house) == 0


def test_a_bucket_that_is_not_there_is_not_saved_and_both_advices_are_given(house, services, url):
    message = refused(lambda: add_bucket(services, 1, url + "-no", key_file=key_file()))
    assert "Check that the bucket name matches exactly" in message
    assert "create the key again" in message
    assert list_buckets(services, 1) == []
    assert stored(house) == 0


def test_credentials_that_do_not_open_the_bucket_are_not_saved(
    house, services, url, cloud_storage, monkeypatch
):
    with FaultProxy(cloud_storage.url) as proxy:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)
        body = google_error(403, "forbidden", "no access")
        fault = proxy.add(Fault(answer=403, body=body, times=None))
        message = refused(lambda: add_bucket(services, 1, url, key_file=key_file()))
        assert fault.fired
    assert message.startswith("Credentials are incorrect, GCP account is forbidden.")
    assert stored(house) == 0


@pytest.mark.parametrize("nickname", ["", " x", "x ", "a\nb", "x" * 65, "gs://x", "a\u202eb"])
def test_an_impossible_nickname_is_refused(services, url, nickname):
    assert "nickname" in refused(
        lambda: add_bucket(services, 1, url, nickname=nickname, key_file=key_file())
    )


def test_a_nickname_and_an_address_are_taken_once(house, services, url, cloud_storage):
    add_bucket(services, 1, url, nickname="Partner", key_file=key_file())
    other = f"gs://{cloud_storage.new_bucket()}"
    for address, nickname in ((url, "Other"), (other, "Partner")):
        again = partial(add_bucket, services, 1, address, nickname=nickname, key_file=key_file())
        assert "choose another nickname" in refused(again)
    assert stored(house) == 1


def test_of_two_who_save_at_once_the_loser_leaves_no_key_behind(house, services, url):
    def first() -> None:
        add_bucket(services, 1, url, key_file=key_file())

    fault = PortFault("put", first, numbers=(1,))
    late = replace(services, secrets=fault.on(services.secrets))
    refused(lambda: add_bucket(late, 1, url, key_file=second_key()))
    assert fault.fired == 1
    assert stored(house) == 1
    services.bucket(1, url).check()


def test_both_kinds_of_credentials_at_once_are_refused(services, url):
    assert "not both" in refused(
        lambda: add_bucket(services, 1, url, key_file=key_file(), impersonate=EMAIL)
    )


def test_a_bucket_is_not_removed_while_a_live_export_uses_it(house, services, url):
    house.load(ROWS[:5])
    add_bucket(services, 1, url, nickname="Partner", key_file=key_file())
    export = house.recurring(bucket=url)
    assert str(export.export_id) in refused(lambda: remove_bucket(services, 1, "Partner"))
    assert services.bucket(1, url)
    stop_export(services, 1, export.export_id)
    remove_bucket(services, 1, "Partner")
    assert list_buckets(services, 1) == []
    assert stored(house) == 0


def test_a_bucket_removed_while_an_export_is_made_is_missed(house, services, url):
    house.load(ROWS[:5])
    add_bucket(services, 1, url, key_file=key_file())

    def probe_and_remove(account_id, address, access=None):
        found = services.prober.probe(account_id, address, access)
        remove_bucket(services, account_id, address)
        return found

    house.services = replace(services, prober=SimpleNamespace(probe=probe_and_remove))
    assert "removed meanwhile" in refused(lambda: house.export(bucket=url))
    house.tick()
    assert house.take() == []


def test_a_probe_opens_the_bucket_and_keeps_when_it_did(house, services, url):
    add_bucket(services, 1, url, nickname="Partner", key_file=key_file())
    house.now += HOUR
    assert probe_bucket(services, 1, "Partner").worked_at == house.now


def test_an_account_that_is_not_there_has_no_buckets(services, url):
    assert services.database.run(lambda c: accounts.get(c, 9)) is None
    assert "no account 9" in refused(lambda: add_bucket(services, 9, url, key_file=key_file()))
    assert list_buckets(services, 9) == []


def test_an_edit_may_lead_to_a_saved_bucket_only(house, services, url, monkeypatch):
    house.load(ROWS[:5])
    export = house.recurring(hours=4)
    monkeypatch.delenv("STORAGE_EMULATOR_HOST")
    assert "save" in refused(lambda: edit_export(services, 1, export.export_id, bucket=url))
    assert house.again(export).spec.bucket.startswith("file:")
