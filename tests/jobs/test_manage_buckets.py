"""A bucket is saved only with credentials that open it, and lost only when nobody needs it."""

from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import google.auth
import pytest
from google.oauth2.credentials import Credentials

from shared.adapters.iam import Iam
from shared.adapters.inline_prober import InlineProber
from shared.bootstrap import open_bucket
from shared.config import Rate, Rates
from shared.domain.members import Actor, Role, Via
from shared.errors import (
    CustomerFault,
    InvalidInput,
    NotAllowed,
    NotFound,
    OurFault,
    TooMany,
    Transient,
)
from shared.jobs.audit import list_audit
from shared.jobs.customer_buckets import CustomerBuckets
from shared.jobs.manage_buckets import (
    add_bucket,
    bucket_of,
    list_buckets,
    probe_bucket,
    remove_bucket,
    rotate_bucket,
)
from shared.jobs.manage_exports import edit_export, stop_export
from shared.state import accounts, buckets
from tests.credentials.keys import EMAIL, key_file, pem
from tests.domain.makers import HOUR
from tests.jobs.faults import Fault as PortFault
from tests.jobs.house import ACCOUNT, House
from tests.jobs.samples import mixed_events
from tests.leaks import found_in
from tests.servers.fault_proxy import Fault, FaultProxy, google_error
from tests.servers.iam import OWN_TOKEN, Account, IamServer

ROWS = mixed_events(50)
SECOND_ID = "f" * 40


def second_key() -> bytes:
    return key_file(private_key=pem(number=1), private_key_id=SECOND_ID)


@pytest.fixture
def url(cloud_bucket) -> str:
    """An empty bucket of a real server of Cloud Storage."""
    return f"gs://{cloud_bucket}"


@pytest.fixture
def services(house):
    return house.services


def stored(house: House) -> int:
    """How many secrets are kept."""
    return sum(path.is_file() for path in (house.folder / "secrets").rglob("*/*"))


def refused(action) -> str:
    with pytest.raises(InvalidInput) as caught:
        action()
    assert not found_in(str(caught.value))
    return caught.value.message


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
    assert "bucket add" in refused(lambda: house.export(bucket=url))
    assert "bucket add" in refused(lambda: add_bucket(services, 1, url))


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


def test_a_key_that_cannot_be_destroyed_is_told_in_the_log_only(services, url, caplog):
    saved = add_bucket(services, 1, url, key_file=key_file())

    def away() -> None:
        raise Transient("away", reason="secrets-unavailable")

    fault = PortFault("destroy", away)
    caplog.set_level("INFO", logger="sluice")
    remove_bucket(replace(services, secrets=fault.on(services.secrets)), 1, url)
    assert fault.fired == 1
    assert saved.access.secret in caplog.text


def test_a_probe_opens_the_bucket_and_keeps_when_it_did(house, services, url):
    add_bucket(services, 1, url, nickname="Partner", key_file=key_file())
    house.now += HOUR
    assert probe_bucket(services, 1, "Partner").worked_at == house.now


def test_a_run_whose_bucket_was_lost_fails_and_says_why(house, services, url, monkeypatch):
    house.load(ROWS[:5])
    saved = add_bucket(services, 1, url, key_file=key_file())
    export = house.export(bucket=url)
    messages = house.planned(export)
    services.secrets.destroy(saved.access.secret)
    assert house.deliver(messages[0]) is None
    run = house.run(export)
    assert (str(run.status), run.error_reason) == ("FAILED", "secret-missing")


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


@pytest.fixture
def iam():
    with IamServer({EMAIL: Account()}) as running:
        yield running


@pytest.fixture
def acting(house, iam):
    """The services, with Google's IAM played by a server of the tests."""
    there = Iam(lambda: Credentials(OWN_TOKEN), iam_url=iam.url, credentials_url=iam.url)
    opens = partial(open_bucket, iam=there)
    services = house.services
    there_open = CustomerBuckets(services.database, services.secrets, opens)
    house.services = replace(
        services,
        bucket=there_open,
        prober=InlineProber(there_open, there_open.given),
    )
    return house.services


def proof_of(services, account_id=1) -> str:
    return services.database.run(lambda c: buckets.proof(c, account_id))


def test_an_impersonation_is_saved_once_the_account_shows_its_owner(house, acting, url, iam):
    message = refused(lambda: add_bucket(acting, 1, url, impersonate=EMAIL))
    assert proof_of(acting) in message
    assert list_buckets(acting, 1) == []
    iam.accounts[EMAIL].description = f"Feed. {proof_of(acting)}"
    saved = add_bucket(acting, 1, url, impersonate=EMAIL)
    assert (saved.access.kind, saved.access.email) == ("impersonation", EMAIL)
    assert saved.access.secret is None
    assert stored(house) == 0
    acting.bucket(1, url).check()


def test_the_text_of_another_account_proves_nothing(house, acting, url, iam):
    """The attack: account 2 names the service account that has granted Sluice its right for 1."""
    house.put_account(replace(ACCOUNT, account_id=2))
    iam.accounts[EMAIL].description = proof_of(acting, 1)
    add_bucket(acting, 1, url, impersonate=EMAIL)
    asked = iam.tokens
    message = refused(lambda: add_bucket(acting, 2, url, impersonate=EMAIL))
    assert proof_of(acting, 2) in message
    assert proof_of(acting, 1) not in message
    assert iam.tokens == asked


def test_a_text_removed_after_saving_is_missed_by_the_next_slice(house, acting, url, iam):
    house.load(ROWS)
    iam.accounts[EMAIL].description = proof_of(acting)
    add_bucket(acting, 1, url, impersonate=EMAIL)
    export = house.export(bucket=url)
    messages = house.planned(export)
    assert house.deliver(messages[0]) is None
    iam.accounts[EMAIL].description = "Feed."
    assert house.deliver(messages[1]) is None
    run = house.run(export)
    assert (str(run.status), run.error_reason) == ("FAILED", "ownership-unproven")
    assert "does not show" in refused(lambda: house.export(bucket=url))


def test_a_key_gives_way_to_an_impersonation_and_is_destroyed(house, acting, url, iam):
    add_bucket(acting, 1, url, key_file=key_file())
    iam.accounts[EMAIL].description = proof_of(acting)
    after = rotate_bucket(acting, 1, url, impersonate=EMAIL)
    assert after.access.kind == "impersonation"
    assert stored(house) == 0


@pytest.mark.parametrize("email", ["", "ada@example.com", EMAIL + "/x", EMAIL.upper()])
def test_what_is_no_service_account_is_refused_before_anything_is_asked(acting, url, iam, email):
    assert "service account" in refused(lambda: add_bucket(acting, 1, url, impersonate=email))
    assert iam.requests == []


def test_an_account_that_is_not_there_has_no_buckets(services, url):
    assert services.database.run(lambda c: accounts.get(c, 9)) is None
    assert "no account 9" in refused(lambda: add_bucket(services, 9, url, key_file=key_file()))
    assert list_buckets(services, 9) == []


def test_an_edit_may_lead_to_a_saved_bucket_only(house, services, url, monkeypatch):
    house.load(ROWS[:5])
    export = house.recurring(hours=4)
    monkeypatch.delenv("STORAGE_EMULATOR_HOST")
    assert "bucket add" in refused(lambda: edit_export(services, 1, export.export_id, bucket=url))
    assert house.again(export).spec.bucket.startswith("file:")


ADMIN = Actor("ann@example.com", Role.ADMIN, Via.IAP)


def test_every_change_of_a_bucket_is_written_down_with_who_made_it(house, services, url):
    add_bucket(services, 1, url, nickname="Partner", key_file=key_file(), actor=ADMIN)
    probe_bucket(services, 1, url, actor=ADMIN)
    rotate_bucket(services, 1, url, key_file=second_key(), actor=ADMIN)
    remove_bucket(services, 1, url)
    entries = list_audit(services, 1).items
    assert [(entry.action, entry.actor) for entry in reversed(entries)] == [
        ("buckets.create", ADMIN.email),
        ("buckets.test", ADMIN.email),
        ("buckets.rotate", ADMIN.email),
        ("buckets.remove", "command-line"),
    ]
    assert {entry.target for entry in entries} == {url}
    assert entries[0].detail["key_id"] == SECOND_ID
    assert not found_in(repr(entries))


def test_a_change_that_fails_is_not_written_down(services, url):
    add_bucket(services, 1, url, key_file=key_file())
    refused(lambda: add_bucket(services, 1, url, key_file=second_key()))
    refused(lambda: rotate_bucket(services, 1, url, key_file=b"{}"))
    assert len(list_audit(services, 1).items) == 1


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_only_an_admin_changes_credentials(services, url, role):
    saved = add_bucket(services, 1, url, key_file=key_file())
    actor = replace(ADMIN, role=role)
    for action in (
        lambda: add_bucket(services, 1, "gs://another", key_file=key_file(), actor=actor),
        lambda: rotate_bucket(services, 1, url, key_file=second_key(), actor=actor),
        lambda: remove_bucket(services, 1, url, actor=actor),
    ):
        with pytest.raises(NotAllowed):
            action()
    assert list_buckets(services, 1) == [saved]


def test_a_viewer_tests_nothing_and_an_editor_does(services, url):
    add_bucket(services, 1, url, key_file=key_file())
    with pytest.raises(NotAllowed):
        probe_bucket(services, 1, url, actor=replace(ADMIN, role=Role.VIEWER))
    assert probe_bucket(services, 1, url, actor=replace(ADMIN, role=Role.EDITOR))


def test_credentials_and_tests_are_tried_only_so_often(house, services, url):
    slow = house.with_(rates=Rates(test=Rate(1), credentials=Rate(1)))
    add_bucket(slow, 1, url, key_file=key_file(), actor=ADMIN)
    with pytest.raises(TooMany):
        rotate_bucket(slow, 1, url, key_file=second_key(), actor=ADMIN)
    probe_bucket(slow, 1, url, actor=ADMIN)
    with pytest.raises(TooMany):
        probe_bucket(slow, 1, url, actor=ADMIN)
    assert stored(house) == 1


def test_a_bucket_of_another_account_is_not_found(house, services, url):
    add_bucket(services, 1, url, key_file=key_file())
    house.put_account(replace(ACCOUNT, account_id=2))
    for action in (bucket_of, probe_bucket, remove_bucket, rotate_bucket):
        with pytest.raises(NotFound):
            action(services, 2, url)
    assert list_buckets(services, 2) == []
    with pytest.raises(NotFound):
        add_bucket(services, 3, url, key_file=key_file())


class LosesCommits:
    """A database that is lost while a bucket is saved, before or after that took place."""

    def __init__(self, database, *, saved: bool) -> None:
        self._database, self._saved = database, saved

    def run(self, work):
        if getattr(work, "__name__", "") != "store":
            return self._database.run(work)
        if self._saved:
            self._database.run(work)
            raise Transient("lost", reason="commit-unknown")
        raise Transient("away", reason="state-unreachable")


def test_a_key_of_which_nobody_knows_whether_it_was_saved_is_not_destroyed(house, services, url):
    lost = replace(services, database=LosesCommits(services.database, saved=True))
    with pytest.raises(Transient):
        add_bucket(lost, 1, url, key_file=key_file())
    assert stored(house) == 1
    services.bucket(1, url).check()


def test_a_key_that_could_not_be_saved_is_destroyed(house, services, url):
    away = replace(services, database=LosesCommits(services.database, saved=False))
    with pytest.raises(Transient):
        add_bucket(away, 1, url, key_file=key_file())
    assert (stored(house), list_buckets(services, 1)) == (0, [])
