"""What every bucket promises, run over every adapter; today that is the folder."""

from contextlib import closing
from pathlib import Path

import pytest

from shared.adapters.folder import FolderBucket
from shared.errors import CustomerFault, OurFault
from shared.ports import Bucket, Created
from tests.adapters.objects import crc32c_of, put


@pytest.fixture(params=["folder"])
def bucket(request: pytest.FixtureRequest, tmp_path: Path) -> Bucket:
    assert request.param == "folder"
    return FolderBucket(tmp_path)


@pytest.fixture(params=["folder"])
def missing_bucket(request: pytest.FixtureRequest, tmp_path: Path) -> Bucket:
    assert request.param == "folder"
    return FolderBucket(tmp_path / "nobody-made-it")


def content_of(bucket: Bucket, name: str) -> bytes:
    with bucket.open(name) as file:
        return file.read()


@pytest.mark.parametrize("name", ["a.json", "_manifests/1-2.json", "x/y/z/a b~c?.csv.gz", "ü/🙂"])
def test_a_new_object_holds_the_bytes_that_were_spooled(bucket, name):
    assert put(bucket, name, b"all of the content") is Created.NEW
    assert content_of(bucket, name) == b"all of the content"


def test_an_object_may_be_empty(bucket):
    assert put(bucket, "empty", b"") is Created.NEW
    assert content_of(bucket, "empty") == b""


def test_the_same_bytes_again_are_found_and_nothing_is_written(bucket):
    put(bucket, "a/b.json", b"the same content")
    assert put(bucket, "a/b.json", b"the same content") is Created.FOUND
    assert content_of(bucket, "a/b.json") == b"the same content"


@pytest.mark.parametrize("other", [b"other content!", b"the same conten", b"", b"THE same content"])
def test_an_object_with_other_content_is_reported_and_not_touched(bucket, other):
    put(bucket, "a.json", b"the same content")
    with pytest.raises(OurFault) as caught:
        put(bucket, "a.json", other)
    assert caught.value.reason == "object-differs"
    assert content_of(bucket, "a.json") == b"the same content"


def test_bytes_that_were_spooled_and_never_created_do_not_appear(bucket):
    with closing(bucket.open_spool()) as spool:
        spool.write(b"never to be seen")
    with pytest.raises(FileNotFoundError):
        bucket.open("a.json")


def test_an_object_outlives_its_spool_and_the_spool_of_a_second_attempt(bucket):
    content = b"x" * 100_000
    with closing(bucket.open_spool()) as first, closing(bucket.open_spool()) as second:
        for spool in (first, second):
            spool.write(content)
        outcomes = [
            bucket.create("a", spool, crc32c=crc32c_of(content), size=len(content), metadata={})
            for spool in (first, second)
        ]
    assert outcomes == [Created.NEW, Created.FOUND]
    assert content_of(bucket, "a") == content


def test_a_bucket_that_is_there_passes_the_check(bucket):
    bucket.check()


def test_a_missing_bucket_is_the_customers_fault(missing_bucket):
    for action in (missing_bucket.check, missing_bucket.open_spool):
        with pytest.raises(CustomerFault) as caught:
            action()
        assert caught.value.reason == "bucket-not-found"


def test_a_missing_object_is_an_ordinary_missing_file(bucket):
    with pytest.raises(FileNotFoundError):
        bucket.open("nothing/here.json")
