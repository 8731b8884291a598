"""What is special about Cloud Storage as a bucket: rights, metadata, tokens and memory."""

import ast
import json
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials, Credentials
from google.auth.exceptions import RefreshError, TransportError

from shared.adapters.folder import FolderBucket
from shared.adapters.gcs import open_gcs
from shared.adapters.gcs_upload import content_type
from shared.errors import CustomerFault, Transient
from shared.ports import Created
from tests.adapters.conftest import HASTE
from tests.adapters.objects import crc32c_of, put
from tests.processes import run_child
from tests.servers.fault_proxy import google_error

ROOT = Path(__file__).parents[2]
MEGABYTE = 1_000_000
PERMISSIONS = r"/iam/testPermissions"


def test_an_object_carries_its_metadata_type_and_checksum(cloud):
    put(cloud.bucket, "a b/ü.csv", b"content", {"run": "1", "rows": "12"})
    blob = cloud.client.bucket(cloud.name).get_blob("a b/ü.csv")
    assert blob.metadata == {"run": "1", "rows": "12"}
    assert blob.content_type == "text/csv; charset=utf-8"
    assert (blob.crc32c, blob.size) == (crc32c_of(b"content"), 7)


def test_an_upload_is_one_request_with_the_condition_that_nothing_is_there(cloud):
    content = bytes(30 * MEGABYTE)
    assert put(cloud.bucket, "a.json", content) is Created.NEW
    assert [(request.method, request.path) for request in cloud.proxy.requests] == [
        ("POST", f"/upload/storage/v1/b/{cloud.name}/o?uploadType=multipart&ifGenerationMatch=0")
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("1-2-a-20261119-0-db.json", "application/json"),
        ("1-2-a-20261119-0-db.xml", "application/xml"),
        ("1-2-a-20261119-0-db.json.gz", "application/gzip"),
        ("1-2-3-db-csv.gz", "application/gzip"),
        ("1-2-a-20261119-0-db.parquet", "application/vnd.apache.parquet"),
        ("1-2-a-20261119-0-db.parquet.gzip", "application/vnd.apache.parquet"),
        ("1-2-3-db-parquet.gzip", "application/vnd.apache.parquet"),
        ("a.json/b", "application/octet-stream"),
    ],
)
def test_the_type_of_an_object_follows_from_the_end_of_its_name(name, kind):
    assert content_type(name) == kind


@pytest.mark.parametrize(
    ("granted", "reason"),
    [
        (["storage.objects.create", "storage.objects.get"], None),
        (["storage.objects.create"], None),
        (["storage.objects.get"], "403-create-not-granted"),
        ([], "403-create-not-granted"),
    ],
)
def test_the_check_asks_for_the_right_to_create(cloud, granted, reason):
    fault = cloud.fault(path=PERMISSIONS, answer=200, body={"permissions": granted}, times=2)
    assert cloud.bucket.granted() == set(granted)
    if reason is None:
        cloud.bucket.check()
    else:
        with pytest.raises(CustomerFault) as caught:
            cloud.bucket.check()
        assert caught.value.reason == reason
    assert fault.fired == 2
    assert cloud.objects() == {}


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (401, google_error(401, "authError", "No."), CustomerFault, "403-forbidden"),
        (403, google_error(403, "forbidden", "No."), CustomerFault, "403-forbidden"),
        (403, google_error(403, "accountDisabled", "No."), CustomerFault, "403-billing"),
        (429, b"", Transient, "429-too-many-requests"),
        (503, b"", Transient, "cloud-unavailable"),
    ],
)
def test_the_check_tells_why_it_fails(cloud, status, body, kind, reason):
    fault = cloud.fault(path=PERMISSIONS, answer=status, body=body)
    with pytest.raises(kind) as caught:
        cloud.bucket.check()
    assert (caught.value.reason, fault.fired) == (reason, 1)


class Refused(Credentials):
    """Credentials whose token is never given out, for one reason or another."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def refresh(self, request: object) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (RefreshError("invalid_grant: secret", {"a": "secret"}), CustomerFault, "403-forbidden"),
        (RefreshError("secret", retryable=True), Transient, "cloud-unavailable"),
        (TransportError("secret"), Transient, "cloud-unavailable"),
    ],
)
def test_a_token_that_is_not_given_out_is_told_without_its_secrets(cloud, error, kind, reason):
    bucket = open_gcs(cloud.name, Refused(error), patience=HASTE)
    for action in (bucket.check, lambda: put(bucket, "a.json", b"content")):
        with pytest.raises(kind) as caught:
            action()
        assert caught.value.reason == reason
        assert "secret" not in str(caught.value)
    assert cloud.objects() == {}


class OnceStale(AnonymousCredentials):
    """A token that is refused once and is good after it was refreshed."""

    def refresh(self, request: object) -> None:
        pass


def test_a_token_that_ran_out_is_refreshed_and_the_whole_body_sent_again(cloud):
    bucket = open_gcs(cloud.name, OnceStale(), patience=HASTE)
    fault = cloud.fault(path="^/upload/", answer=401)
    content = bytes(range(256)) * 40_000
    assert put(bucket, "a.json", content) is Created.NEW
    assert (fault.fired, cloud.objects()) == (1, {"a.json": content})


def test_a_spool_of_another_bucket_is_a_mistake_of_the_program(cloud, tmp_path):
    folder = FolderBucket(tmp_path)
    with folder.open_spool() as spool, pytest.raises(TypeError):
        cloud.bucket.create("a", spool, crc32c="", size=0, metadata={})
    with cloud.bucket.open_spool() as spool, pytest.raises(TypeError):
        folder.create("a", spool, crc32c="", size=0, metadata={})


def test_a_large_object_is_uploaded_in_little_memory(cloud_bucket, tmp_path):
    result = tmp_path / "result.json"
    assert run_child(_upload_95_mb, cloud_bucket, result) == 0
    told = json.loads(result.read_text())
    assert told["size"] == 95 * MEGABYTE
    assert told["grown_mb"] < 25


def _upload_95_mb(name: str, result: Path) -> None:
    import google_crc32c

    bucket = open_gcs(name, None)
    put(bucket, "first", b"content")  # what is loaded on first use
    piece, crc32c = bytes(range(256)) * 3_906 + bytes(64), google_crc32c.Checksum()
    Path("/proc/self/clear_refs").write_text("5")
    before = _peak_kb()
    with bucket.open_spool() as spool:
        for _ in range(95):
            spool.write(piece)
            crc32c.update(piece)
        checksum = _base64(crc32c.digest())
        size = 95 * MEGABYTE
        bucket.create("large", spool, crc32c=checksum, size=size, metadata={})
    grown_mb = (_peak_kb() - before) / 1_000
    with bucket.open("large") as file:
        size = file.seek(0, 2)
    result.write_text(json.dumps({"size": size, "grown_mb": grown_mb}))


def _base64(digest: bytes) -> str:
    import base64

    return base64.b64encode(digest).decode()


def _peak_kb() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


WRITERS = frozenset(
    {
        "upload_from_file",
        "upload_from_filename",
        "upload_from_string",
        "create_resumable_upload_session",
        "compose",
        "rewrite",
        "copy_blob",
        "rename_blob",
        "move_blob",
        "delete",
        "delete_blob",
        "delete_blobs",
        "update_storage_class",
        "BlobWriter",
        "transfer_manager",
        "BatchHttpRequest",
    }
)


def test_one_place_alone_writes_to_cloud_storage_and_none_overwrites_or_deletes():
    """All that the client library offers for writing is left alone; one request is our own."""
    posts, writers = [], []
    for path in [ROOT / "main.py", *ROOT.glob("shared/**/*.py"), *ROOT.glob("functions/**/*.py")]:
        text = path.read_text("utf-8")
        if "google.cloud.storage" not in text and "/upload/" not in text:
            continue
        where = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(text)):
            name = getattr(node, "attr", getattr(node, "id", getattr(node, "name", "")))
            if name in WRITERS:
                writers.append((where, name))
            if isinstance(node, ast.Call) and name_of(node.func) in ("post", "put", "request"):
                posts.append((where, name_of(node.func)))
            if isinstance(node, ast.Call) and name_of(node.func) == "open" and node.args[1:]:
                writers.append((where, "open with a mode"))
    assert posts == [("shared/adapters/gcs.py", "post")]
    assert writers == []


def name_of(node: ast.expr) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))
