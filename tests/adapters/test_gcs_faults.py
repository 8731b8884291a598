"""Cloud Storage fails in every way it can: each file lies there once, whole, and as it was."""

import itertools
import threading
from dataclasses import replace

import pytest

from shared.adapters.gcs import open_gcs
from shared.errors import CustomerFault, OurFault, Transient
from shared.ports import Created
from tests.adapters.objects import crc32c_of, put
from tests.servers.fault_proxy import google_error
from tests.servers.faulty_cloud import HASTE

SMALL = b"one small file\n"
# Beyond the memory of a spool and the size at which the client library cuts uploads into pieces.
LARGE = bytes(range(256)) * 40_000
UPLOAD, LOOK = r"^/upload/", r"^/storage/v1/b/[^/]+/o/"
RETENTION = google_error(
    403, "retentionPolicyNotMet", "Object 'b/o' is subject to bucket's retention policy."
)
DELETE = google_error(
    403,
    "forbidden",
    "a@b.iam.gserviceaccount.com does not have storage.objects.delete access to the object.",
)
DENIED = google_error(403, "forbidden", "a@b.iam.gserviceaccount.com does not have access.")

REFUSALS = {
    "401": (401, google_error(401, "authError", "Invalid Credentials"), "403-forbidden"),
    "403": (403, DENIED, "403-forbidden"),
    "403 without a body": (403, b"", "403-forbidden"),
    "403 retention": (403, RETENTION, "403-retention-policy-not-met"),
    "403 delete": (403, DELETE, "403-forbidden"),
    "403 billing": (
        403,
        google_error(403, "accountDisabled", "The account has been disabled."),
        "403-billing",
    ),
    "403 billing told in words": (
        403,
        google_error(403, "forbidden", "The billing account for the owning project is disabled."),
        "403-billing",
    ),
    "404": (404, google_error(404, "notFound", "No such bucket."), "404-bucket-not-found"),
    "400 requester pays": (
        400,
        google_error(400, "required", "Bucket is a requester pays bucket but no user project."),
        "400-requester-pays",
    ),
}
PASSING = {
    "403 quota": (403, google_error(403, "rateLimitExceeded", "Slow down."), "429"),
    "408": (408, b"", "cloud-unavailable"),
    "429": (429, google_error(429, "rateLimitExceeded", "Slow down."), "429"),
    "500": (500, google_error(500, "backendError", "Oh."), "cloud-unavailable"),
    "502": (502, b"<html>Bad gateway</html>", "cloud-unavailable"),
    "503": (503, google_error(503, "backendError", "Oh."), "cloud-unavailable"),
    "400 checksum": (
        400,
        google_error(400, "invalid", "Provided CRC32C does not match calculated CRC32C."),
        "cloud-unavailable",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_is_the_customers_fault_and_is_not_repeated(cloud, case):
    status, body, reason = REFUSALS[case]
    fault = cloud.fault(path=UPLOAD, answer=status, body=body)
    with pytest.raises(CustomerFault) as caught:
        put(cloud.bucket, "a.json", SMALL)
    assert (caught.value.reason, fault.fired, cloud.uploads()) == (reason, 1, 1)
    assert "gserviceaccount" not in caught.value.message
    assert cloud.objects() == {}
    assert put(cloud.bucket, "a.json", SMALL) is Created.NEW


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("case", PASSING)
def test_what_may_pass_is_tried_again(cloud, case, content):
    status, body, _ = PASSING[case]
    fault = cloud.fault(path=UPLOAD, answer=status, body=body, times=2)
    assert put(cloud.bucket, "a.json", content) is Created.NEW
    assert (fault.fired, cloud.uploads()) == (2, 3)
    assert cloud.objects() == {"a.json": content}


@pytest.mark.parametrize("case", PASSING)
def test_what_does_not_pass_is_left_to_the_queue(cloud, case):
    status, body, reason = PASSING[case]
    fault = cloud.fault(path=UPLOAD, answer=status, body=body, times=None)
    with pytest.raises(Transient) as caught:
        put(cloud.bucket, "a.json", SMALL)
    assert caught.value.reason.startswith(reason)
    assert (fault.fired, cloud.objects()) == (3, {})


def test_an_answer_nobody_knows_is_our_fault(cloud):
    fault = cloud.fault(path=UPLOAD, answer=418, body="I am a teapot, the secret is 1234")
    with pytest.raises(OurFault) as caught:
        put(cloud.bucket, "a.json", SMALL)
    assert (caught.value.reason, fault.fired) == ("cloud-refused", 1)
    assert "418" in caught.value.message
    assert "1234" not in caught.value.message


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("cut", ["before", "middle", "after", "answer"])
def test_a_cut_connection_leaves_one_whole_object(cloud, cut, content):
    fault = cloud.fault(path=UPLOAD, cut=cut)
    created = put(cloud.bucket, "a.json", content)
    assert (fault.fired, cloud.uploads()) == (1, 2)
    # Whether a request was carried out whose connection broke after its last byte is open.
    possible = {"before": {Created.NEW}, "middle": {Created.NEW}, "answer": {Created.FOUND}}
    assert created in possible.get(cut, {Created.NEW, Created.FOUND})
    assert cloud.objects() == {"a.json": content}


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("refusal", [None, RETENTION, DELETE], ids=["412", "retention", "delete"])
def test_after_a_lost_answer_the_object_is_found(cloud, content, refusal):
    lost = cloud.fault(path=UPLOAD, lose_answer=True)
    refused = refusal and cloud.fault(path=UPLOAD, answer=403, body=refusal)
    assert put(cloud.bucket, "a.json", content) is Created.FOUND
    assert lost.fired == 1
    assert refused is None or refused.fired == 1
    assert cloud.uploads() == 2
    assert cloud.objects() == {"a.json": content}


def test_answers_that_are_always_lost_end_in_a_retry_of_the_queue_which_finds_the_object(cloud):
    fault = cloud.fault(path=UPLOAD, lose_answer=True, times=3)
    with pytest.raises(Transient):
        put(cloud.bucket, "a.json", LARGE)
    assert fault.fired == 3
    assert put(cloud.bucket, "a.json", LARGE) is Created.FOUND
    assert cloud.objects() == {"a.json": LARGE}


def test_an_answer_beyond_the_deadline_is_not_waited_for(cloud):
    """The request is carried out late, when its repetition has long created the object."""
    fault = cloud.fault(path=UPLOAD, hold=threading.Event())
    hasty = open_gcs(cloud.name, None, patience=replace(HASTE, answer_s=0.5, tries=100))
    assert put(hasty, "a.json", SMALL) is Created.NEW
    assert (fault.fired, fault.ended) == (1, 0)
    assert cloud.uploads() >= 2
    generation = cloud.client.bucket(cloud.name).get_blob("a.json").generation
    fault.hold.set()
    passed = threading.Event()
    while not fault.ended:
        passed.wait(0.02)
    assert cloud.client.bucket(cloud.name).get_blob("a.json").generation == generation
    assert cloud.objects() == {"a.json": SMALL}


def test_a_server_that_takes_bytes_too_slowly_is_given_up(cloud, monkeypatch):
    moments = itertools.count(0, 1_000)
    monkeypatch.setattr("shared.adapters.gcs_upload.monotonic", lambda: next(moments))
    with pytest.raises(Transient) as caught:
        put(cloud.bucket, "a.json", LARGE)
    assert caught.value.reason == "cloud-unavailable"
    assert next(moments) == 6_000  # twice in each of three tries
    assert cloud.objects() == {}


@pytest.mark.parametrize("refusal", [None, RETENTION, DELETE], ids=["412", "retention", "delete"])
@pytest.mark.parametrize("same", [True, False], ids=["same", "other"])
def test_a_name_that_is_taken_is_looked_at_however_that_is_told(cloud, refusal, same):
    content = SMALL if same else SMALL[::-1]
    put(cloud.bucket, "a.json", content)
    fault = refusal and cloud.fault(path=UPLOAD, answer=403, body=refusal)
    if same:
        assert put(cloud.bucket, "a.json", SMALL) is Created.FOUND
    else:
        with pytest.raises(OurFault) as caught:
            put(cloud.bucket, "a.json", SMALL)
        assert caught.value.reason == "object-differs"
    assert fault is None or fault.fired == 1
    assert cloud.objects() == {"a.json": content}


@pytest.mark.parametrize("refusal", [None, RETENTION, DELETE], ids=["412", "retention", "delete"])
@pytest.mark.parametrize("same", [True, False], ids=["same", "other"])
def test_a_look_that_is_denied_decides_nothing_and_blames_nobody(cloud, refusal, same):
    put(cloud.bucket, "a.json", SMALL if same else SMALL[::-1])
    before = cloud.uploads()
    fault = refusal and cloud.fault(path=UPLOAD, answer=403, body=refusal)
    denied = cloud.fault(method="GET", path=LOOK, answer=403, body=DENIED)
    with pytest.raises(Transient) as caught:
        put(cloud.bucket, "a.json", SMALL)
    assert caught.value.reason == "403-look-denied"
    assert "storage.objects.get" in caught.value.message
    assert fault is None or fault.fired == 1
    assert (denied.fired, cloud.uploads()) == (1, before + 1)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_look_that_fails_for_now_is_taken_again(cloud, status):
    put(cloud.bucket, "a.json", SMALL)
    fault = cloud.fault(method="GET", path=LOOK, answer=status)
    assert put(cloud.bucket, "a.json", SMALL) is Created.FOUND
    assert fault.fired == 1


@pytest.mark.parametrize("cut", ["before", "answer"])
def test_a_look_whose_connection_breaks_is_taken_again(cloud, cut):
    put(cloud.bucket, "a.json", SMALL)
    fault = cloud.fault(method="GET", path=LOOK, cut=cut)
    assert put(cloud.bucket, "a.json", SMALL) is Created.FOUND
    assert fault.fired == 1


def test_a_name_that_was_taken_and_is_free_again_is_created(cloud):
    fault = cloud.fault(path=UPLOAD, answer=412)
    assert put(cloud.bucket, "a.json", SMALL) is Created.NEW
    assert (fault.fired, cloud.uploads()) == (1, 2)


def test_a_server_that_stored_other_bytes_than_it_got_is_not_believed(cloud):
    content, wrong = SMALL, crc32c_of(b"other")
    fault = cloud.fault(path=UPLOAD, answer=200, body={"crc32c": wrong, "size": len(content)})
    with pytest.raises(OurFault) as caught:
        put(cloud.bucket, "a.json", content)
    assert (caught.value.reason, fault.fired) == ("object-differs", 1)


def test_reading_back_goes_on_after_a_break(cloud):
    put(cloud.bucket, "a.json", LARGE)
    fault = cloud.fault(method="GET", path="alt=media", cut="answer", times=2)
    with cloud.bucket.open("a.json") as file:
        assert file.read() == LARGE
    assert fault.fired == 2


def test_reading_back_that_breaks_off_each_time_is_a_transient_fault(cloud):
    put(cloud.bucket, "a.json", LARGE)
    fault = cloud.fault(method="GET", path="alt=media", cut="answer", times=None)
    impatient = open_gcs(cloud.name, None, patience=replace(HASTE, answer_s=1))
    with impatient.open("a.json") as file, pytest.raises(Transient):
        file.read()
    assert fault.fired > 1
