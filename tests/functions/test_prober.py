"""The function prober, behind the framework and a real web server: it alone reads credentials."""

from dataclasses import replace

import functions_framework
import pytest
from google.auth.credentials import Credentials

import functions.prober.main as prober_main
from shared.adapters.http_prober import HttpProber
from shared.domain.bucket_access import Access, secret_name
from shared.domain.bucket_steps import BucketRefused, Outcome, Part
from shared.domain.left_objects import CONTENT
from shared.domain.told_trials import Question, question_text
from shared.errors import InvalidInput, OurFault, Transient
from shared.jobs.manage_buckets import add_bucket, bucket_of, list_buckets, rotate_bucket
from shared.jobs.try_bucket import failed_step, try_bucket
from tests.credentials.keys import EMAIL, key_file, pem
from tests.functions.probing import API, MAIN, MONITOR, WriteOnly
from tests.jobs.samples import mixed_events
from tests.leaks import found_in
from tests.servers.fault_proxy import Fault, FaultProxy, google_error

SECOND_ID = "f" * 40


@pytest.fixture
def services(house, prober):
    """Those of a function that reads no secret: api, monitor."""

    def opened(*_):
        raise AssertionError("a bucket was opened outside of the prober")

    return replace(
        house.services,
        secrets=WriteOnly(house.services.secrets),
        prober=prober.asked_by(),
        bucket=opened,
    )


@pytest.fixture
def url(cloud_bucket):
    return f"gs://{cloud_bucket}"


def second_key() -> bytes:
    return key_file(private_key=pem(number=1), private_key_id=SECOND_ID)


def stored(house) -> int:
    return sum(path.is_file() for path in (house.folder / "secrets").rglob("*/*"))


def test_a_bucket_is_saved_tested_rotated_and_used_without_reading_its_key(
    house, services, url, cloud_storage
):
    saved = add_bucket(services, 1, url, nickname="Partner", key_file=key_file())
    assert saved.worked_at == saved.probed_at == house.now
    assert failed_step(try_bucket(services, 1, "Partner")) is None
    assert rotate_bucket(services, 1, "Partner", key_file=second_key()).access.key_id == SECOND_ID
    assert stored(house) == 1
    house.load(mixed_events(20))
    mine = house.services
    house.services = services
    export = house.export(bucket=url)
    house.services = mine
    house.finish()
    assert str(house.run(export).status) == "DONE"
    with cloud_storage.client() as client:
        names = [blob.name for blob in client.list_blobs(url.removeprefix("gs://"))]
    assert not [name for name in names if "test" in name or "probe" in name]


def test_a_trial_leaves_nothing_in_the_bucket(services, url, cloud_storage):
    add_bucket(services, 1, url, key_file=key_file())
    try_bucket(services, 1, url)
    with cloud_storage.client() as client:
        assert list(client.list_blobs(url.removeprefix("gs://"))) == []


def test_an_object_is_left_through_the_function_where_that_was_asked_for(
    services, url, cloud_storage
):
    add_bucket(services, 1, url, key_file=key_file())
    steps = try_bucket(services, 1, url, write=True)
    assert (steps[-1].part, steps[-1].outcome) == (Part.OBJECT, Outcome.PASSED)
    with cloud_storage.client() as client:
        (blob,) = client.list_blobs(url.removeprefix("gs://"))
        assert (blob.name in steps[-1].detail, blob.download_as_bytes()) == (True, CONTENT)


def test_a_new_key_that_does_not_open_the_bucket_is_destroyed_again(
    house, services, url, cloud_storage, monkeypatch
):
    with FaultProxy(cloud_storage.url) as proxy:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)
        body = google_error(403, "forbidden", "no access")
        fault = proxy.add(Fault(answer=403, body=body, times=None))
        with pytest.raises(BucketRefused) as caught:
            add_bucket(services, 1, url, key_file=key_file())
        assert fault.fired
    assert (caught.value.reason, failed_step(caught.value.steps).part) == (
        "403-forbidden",
        Part.BUCKET,
    )
    assert (list_buckets(services, 1), stored(house)) == ([], 0)


def test_a_prober_that_is_away_leaves_no_key_behind_and_the_old_one_in_use(house, services, url):
    add_bucket(services, 1, url, key_file=key_file())
    before = bucket_of(services, 1, url)
    away = replace(services, prober=HttpProber("http://127.0.0.1:9", identity=Anybody))
    with pytest.raises(Transient) as caught:
        rotate_bucket(away, 1, url, key_file=second_key())
    assert caught.value.reason == "prober-unavailable"
    assert bucket_of(services, 1, url) == before
    assert stored(house) == 1
    assert failed_step(try_bucket(services, 1, url)) is None


class Anybody(Credentials):
    """Somebody whom nobody knows."""

    def __init__(self, audience):
        super().__init__()
        self.token = "nobody"

    def refresh(self, request):
        raise AssertionError("never asked")


def test_both_functions_of_ours_are_let_in_and_nobody_else(prober, services, url):
    add_bucket(services, 1, url, key_file=key_file())
    for email in (API, MONITOR):
        assert prober.asked_by(email).probe(1, url).fault is None
    wrong = [
        prober.asked_by("x@our-project.iam.gserviceaccount.com"),
        prober.asked_by(audience="https://another.example"),
        HttpProber(prober.url, identity=Anybody),
    ]
    for each in wrong:
        with pytest.raises(OurFault) as caught:
            each.probe(1, url)
        assert caught.value.reason == "prober-denied"
        assert not found_in(repr(caught.value) + repr(caught.value.__context__))


def test_a_key_of_another_bucket_is_not_tried_on_this_one(house, services, url):
    """Whoever has taken the function api over cannot learn where another one's key leads."""
    other = add_bucket(services, 1, url, key_file=key_file())
    for account_id, address in ((2, url), (1, "gs://mine")):
        with pytest.raises(OurFault) as caught:
            services.prober.probe(account_id, address, other.access)
        assert caught.value.reason == "secret-unreadable"


def test_an_account_without_the_bucket_gets_in_nowhere(services, url, monkeypatch):
    add_bucket(services, 1, url, key_file=key_file())
    monkeypatch.delenv("STORAGE_EMULATOR_HOST")
    found = services.prober.probe(2, url)
    assert (found.failed_at, found.fault.reason) == (Part.CREDENTIALS, "bucket-not-saved")


def test_a_key_that_is_gone_is_ours_and_not_the_customers_fault(house, services, url):
    saved = add_bucket(services, 1, url, key_file=key_file())
    house.services.secrets.destroy(saved.access.secret)
    with pytest.raises(OurFault) as caught:
        try_bucket(services, 1, url)
    assert caught.value.reason == "secret-missing"


@pytest.fixture
def client(house, monkeypatch):
    monkeypatch.setattr(prober_main, "CALLERS", None)
    return functions_framework.create_app("prober", str(MAIN)).test_client()


GOOD = question_text(Question(1, "gs://some-bucket"))
BAD = {
    "nothing": b"",
    "no JSON": b"do-not-repeat-me",
    "a list": b"[]",
    "nested too deep": b"[" * 3_000,
    "a folder": question_text(Question(1, "file:///etc")).encode(),
    "another member": GOOD.replace("{", '{"more": 1, ').encode(),
    "an account that is no number": GOOD.replace("1", '"1"', 1).encode(),
    "a truth value": GOOD.replace("1", "true", 1).encode(),
    "an object of another name": GOOD.replace("{", '{"leave": "data.json", ').encode(),
    "an object with a new key": question_text(
        Question(1, "gs://some-bucket", Access("none"), "_tests/sluice-1-01234567.txt")
    ).encode(),
    "an access by halves": GOOD.replace("null", '{"kind": "key"}').encode(),
    "too long": question_text(Question(1, "gs://" + "x" * 5_000)).encode(),
}


@pytest.mark.parametrize("body", BAD)
def test_a_body_that_is_no_question_of_ours_is_refused_without_repeating_it(client, body):
    answer = client.post("/", data=BAD[body])
    assert (answer.status_code, answer.data) == (400, b"bad-message")


def test_an_answer_holds_nothing_of_the_key(house, client, url):
    name = secret_name(1, url)
    add_bucket(house.services, 1, url, key_file=key_file())
    reference = bucket_of(house.services, 1, url).access.secret
    assert name in reference
    access = Access("key", EMAIL, bucket_of(house.services, 1, url).access.key_id, reference)
    answer = client.post("/", data=question_text(Question(1, url, access)))
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert not found_in(answer.get_data(as_text=True) + str(answer.headers))


def test_an_impossible_name_is_refused_before_anybody_is_asked(services):
    away = replace(services, prober=HttpProber("http://127.0.0.1:9", identity=Anybody))
    with pytest.raises(InvalidInput):
        try_bucket(away, 1, "gs://Not A Bucket")
    with pytest.raises(InvalidInput):
        add_bucket(away, 1, "gs://Not-A-Bucket", nickname="x", key_file=key_file())
