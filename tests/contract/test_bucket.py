"""What every bucket promises, run over every adapter: a folder and Cloud Storage."""

import gzip
import hashlib
import io
import zlib
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared.adapters.folder import FolderBucket
from shared.adapters.gcs import open_gcs
from shared.adapters.left_object import leave_object
from shared.domain.bucket_steps import Outcome, Part, steps_of
from shared.domain.left_objects import CONTENT, Left, LeftObject
from shared.errors import CustomerFault, OurFault
from shared.ports import Bucket, Created, Repacked
from tests.adapters.objects import crc32c_of, put

ADAPTERS = ["folder", "cloud storage"]


@pytest.fixture(params=ADAPTERS)
def bucket(request: pytest.FixtureRequest, tmp_path: Path) -> Bucket:
    if request.param == "folder":
        return FolderBucket(tmp_path)
    return open_gcs(request.getfixturevalue("cloud_bucket"), None)


@pytest.fixture(params=ADAPTERS)
def missing_bucket(request: pytest.FixtureRequest, tmp_path: Path) -> Bucket:
    if request.param == "folder":
        return FolderBucket(tmp_path / "nobody-made-it")
    request.getfixturevalue("cloud_bucket")
    return open_gcs("nobody-made-it", None)


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


def test_a_bucket_that_is_there_passes_every_step_of_a_trial(bucket):
    assert bucket.try_out().failed_at is None


def test_a_trial_of_a_missing_bucket_fails_at_the_bucket(missing_bucket):
    found = missing_bucket.try_out()
    assert found.failed_at is Part.BUCKET
    assert found.fault.reason in ("bucket-not-found", "404-bucket-not-found")


LEFT = "_tests/sluice-1795345361-0123abcd.txt"


def test_a_test_object_is_left_and_read_back_and_the_last_step_names_it(bucket):
    found = leave_object(bucket, bucket.try_out(), LEFT)
    assert found.left == LeftObject(LEFT, Left.READ_BACK)
    step = steps_of(found)[-1]
    assert (step.part, step.outcome) == (Part.OBJECT, Outcome.PASSED)
    assert LEFT in step.detail
    assert content_of(bucket, LEFT) == CONTENT


def test_no_test_object_is_tried_where_the_bucket_is_missing(missing_bucket):
    trial = missing_bucket.try_out()
    assert leave_object(missing_bucket, trial, LEFT) == trial


def test_a_missing_bucket_is_the_customers_fault(missing_bucket):
    for action in (missing_bucket.check, lambda: put(missing_bucket, "a", b"content")):
        with pytest.raises(CustomerFault) as caught:
            action()
        assert caught.value.reason in ("bucket-not-found", "404-bucket-not-found")


def test_a_missing_object_is_an_ordinary_missing_file(bucket):
    with pytest.raises(FileNotFoundError):
        bucket.open("nothing/here.json")


def test_an_object_is_read_in_pieces_and_from_any_place(bucket):
    content = bytes(range(256)) * 1_000
    put(bucket, "a", content)
    with bucket.open("a") as file:
        assert file.read(10) == content[:10]
        assert file.seek(1_000) == 1_000
        assert file.read(5) == content[1_000:1_005]
        assert file.read() == content[1_005:]
        assert file.read(1) == b""


LINES = b"".join(b'{"n":%d}\n' % number for number in range(300_000))


def gzipped(content: bytes, level: int) -> bytes:
    return gzip.compress(content, level, mtime=0)


def table_of(rows: int, last: str | None = "text") -> pa.Table:
    texts = [f"text {number}" for number in range(rows - 1)]
    return pa.table({"n": range(rows), "text": [*texts, last]})


def parquet(table: pa.Table, codec: str, group_rows: int) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression=codec, row_group_size=group_rows)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("there", "ours"),
    [
        (gzipped(LINES, 9), gzipped(LINES, 1)),
        (gzipped(LINES[:99], 1) + gzipped(LINES[99:], 1), gzipped(LINES, 1)),
        (parquet(table_of(25_000), "zstd", 7_000), parquet(table_of(25_000), "gzip", 12_000)),
    ],
    ids=["gzip", "gzip members", "parquet"],
)
def test_the_same_content_packed_otherwise_is_found_and_described_as_it_lies_there(
    bucket, there, ours
):
    put(bucket, "a", there)
    stored = Repacked(len(there), crc32c_of(there), hashlib.sha256(there).hexdigest())
    assert put(bucket, "a", ours) == stored
    assert content_of(bucket, "a") == there


@pytest.mark.parametrize(
    ("there", "ours"),
    [
        (gzipped(LINES, 1), gzipped(LINES[:-1], 1)),
        (gzipped(LINES[:-1], 1), gzipped(LINES, 1)),
        (gzipped(LINES, 1)[:-1], gzipped(LINES, 9)),
        (gzipped(LINES, 1)[:5_000], gzipped(LINES, 9)),
        (gzipped(LINES, 1) + b"more", gzipped(LINES, 9)),
        (b"\x1f\x8b\x08 no gzip at all", gzipped(LINES, 1)),
        (zlib.compress(LINES), gzipped(LINES, 1)),
        (LINES, gzipped(LINES, 1)),
        (gzipped(LINES, 1), LINES),
        (parquet(table_of(20_001, "other"), "zstd", 9_000), parquet(table_of(20_001), "gzip", 999)),
        (parquet(table_of(20_001, None), "zstd", 9_000), parquet(table_of(20_001), "gzip", 999)),
        (parquet(table_of(20_000), "zstd", 9_000), parquet(table_of(20_001), "gzip", 999)),
        (parquet(pa.table({"n": range(9)}), "gzip", 9), parquet(table_of(9), "gzip", 9)),
        (b"PAR1 no Parquet at all PAR1", parquet(table_of(9), "gzip", 9)),
    ],
)  # fmt: skip
def test_other_content_is_told_from_other_packing(bucket, there, ours):
    put(bucket, "a", there)
    with pytest.raises(OurFault) as caught:
        put(bucket, "a", ours)
    assert caught.value.reason == "object-differs"
    assert content_of(bucket, "a") == there
