"""What is special about a folder as a bucket: paths, permissions, disks and killed processes."""

import errno
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from shared.adapters import folder as folder_module
from shared.adapters.folder import FolderBucket, path_of
from shared.errors import CustomerFault, InvalidInput, OurFault, Transient
from shared.ports import Created
from tests.adapters.objects import crc32c_of, objects, put
from tests.processes import KILLED, die, run_child

ROOT = Path(__file__).parents[2]
NOBODY = 65_534
MEGABYTE = 1_000_000


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///a/b", "/a/b"),
        ("file://localhost/a/b/", "/a/b"),
        ("file:///a%20b/%C3%BC", "/a b/ü"),
    ],
)
def test_a_file_address_names_a_folder(url, path):
    assert path_of(url) == Path(path)


@pytest.mark.parametrize("url", ["gs://bucket", "/a/b", "file://host/a", "file://", "", "a b"])
def test_another_address_is_refused_with_advice(url):
    with pytest.raises(InvalidInput, match=r"file:///path/to/folder"):
        path_of(url)


def test_a_file_in_place_of_the_folder_is_no_bucket(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(CustomerFault) as caught:
        FolderBucket(tmp_path / "file").open_spool()
    assert caught.value.reason == "bucket-not-found"


@pytest.mark.parametrize("name", ["taken", "taken/below", "taken/far/below"])
def test_a_folder_or_file_in_the_way_of_an_object_is_reported_and_stays(tmp_path, name):
    if name == "taken":
        (tmp_path / "taken").mkdir()
    else:
        (tmp_path / "taken").write_text("mine")
    before = objects(tmp_path)
    with pytest.raises(OurFault) as caught:
        put(FolderBucket(tmp_path), name, b"new")
    assert caught.value.reason == "object-differs"
    assert objects(tmp_path) == before


def test_a_file_is_made_with_ordinary_permissions(tmp_path):
    put(FolderBucket(tmp_path), "a", b"content")
    (tmp_path / "ordinary").write_text("content")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "ordinary").stat().st_mode


def test_a_folder_that_may_not_be_written_to_is_the_customers_fault():
    # Root may write everywhere, so the child becomes somebody else; pytest's own folders are
    # closed to others, so the folder lies beside them.
    locked = Path(tempfile.mkdtemp())
    try:
        locked.chmod(0o555)
        assert run_child(_refused, locked) == 0
        assert list(locked.iterdir()) == []
    finally:
        shutil.rmtree(locked)


def _refused(locked: Path) -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setuid(NOBODY)
    bucket = FolderBucket(locked)
    for action in (bucket.check, bucket.open_spool, lambda: put(bucket, "a", b"content")):
        with pytest.raises(CustomerFault) as caught:
            action()
        assert caught.value.reason == "bucket-forbidden"


def test_a_folder_closed_after_the_check_is_the_customers_fault(tmp_path, monkeypatch):
    calls = []

    def forbidden(*args: object, **options: object) -> None:
        calls.append(args)
        raise PermissionError(errno.EPERM, "not permitted")

    monkeypatch.setattr(folder_module.os, "link", forbidden)
    with pytest.raises(CustomerFault) as caught:
        put(FolderBucket(tmp_path), "a", b"content")
    assert caught.value.reason == "bucket-forbidden"
    assert len(calls) == 1
    assert objects(tmp_path) == {}


def test_a_full_disk_is_transient_and_leaves_no_object(tmp_path):
    if may_mount():
        command = ["unshare", "-rm", sys.executable, "-c", ON_A_SMALL_DISK, str(tmp_path)]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert (result.returncode, result.stdout.strip()) == (0, "disk-full"), result.stderr
    else:
        assert run_child(_size_limited, tmp_path) == 0


def may_mount() -> bool:
    """Whether a process of ours may make a mount namespace with a disk of its own."""
    if shutil.which("unshare") is None:
        return False
    trial = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", tempfile.gettempdir()]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0


ON_A_SMALL_DISK = """
import subprocess, sys
from pathlib import Path
from tests.adapters.test_folder import fill_up

folder = sys.argv[1]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
print(fill_up(Path(folder)))
"""


def _size_limited(folder: Path) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (MEGABYTE, MEGABYTE))
    assert fill_up(folder) == "disk-full"


def fill_up(folder: Path) -> str:
    """Spool more than there is room for; the reason of the fault, once all is as it should be."""
    bucket = FolderBucket(folder)
    put(bucket, "before", b"x" * 1000)
    with pytest.raises(Transient) as caught:
        put(bucket, "too big", b"x" * 2 * MEGABYTE)
    assert objects(folder) == {"before": b"x" * 1000}
    # Its room is free again, so that the next attempt has it.
    put(bucket, "after", b"x" * (MEGABYTE // 2))
    assert len(objects(folder)) == 2
    return caught.value.reason


POINTS = ["spooled", "linked", "created"]


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_process_leaves_a_whole_object_or_nothing(tmp_path, point):
    bucket, marker = tmp_path / "bucket", tmp_path / "marker"
    bucket.mkdir()
    assert run_child(_killed, bucket, point, marker) == KILLED
    assert marker.exists()
    assert objects(bucket) == ({"sub/a": b"x" * MEGABYTE} if point == "created" else {})
    assert put(FolderBucket(bucket), "sub/a", b"x" * MEGABYTE) is (
        Created.FOUND if point == "created" else Created.NEW
    )


def _killed(folder: Path, point: str, marker: Path) -> None:
    bucket = FolderBucket(folder)
    content = b"x" * MEGABYTE
    spool = bucket.open_spool()
    spool.write(content)
    if point == "spooled":
        die(marker)
    if point == "linked":
        folder_module.os.link = lambda *args, **options: die(marker)
    bucket.create("sub/a", spool, crc32c=crc32c_of(content), size=len(content), metadata={})
    die(marker)


@pytest.mark.parametrize("without", ["O_TMPFILE", "/proc"])
def test_where_a_nameless_file_cannot_get_a_name_a_copy_is_linked(tmp_path, monkeypatch, without):
    links = []
    link, open_file = os.link, os.open

    def linked(source: Path, *args: object, **options: object) -> None:
        links.append(str(source))
        if without == "/proc" and str(source).startswith("/proc"):
            raise FileNotFoundError(errno.ENOENT, "no such file", str(source))
        link(source, *args, **options)

    def opened(path: Path, flags: int, *args: object, **options: object) -> int:
        if without == "O_TMPFILE" and flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, "not supported", str(path))
        return open_file(path, flags, *args, **options)

    monkeypatch.setattr(folder_module.os, "link", linked)
    monkeypatch.setattr(folder_module.os, "open", opened)
    bucket = FolderBucket(tmp_path)
    assert put(bucket, "a", b"content" * 500_000) is Created.NEW
    assert put(bucket, "a", b"content" * 500_000) is Created.FOUND
    with pytest.raises(OurFault):
        put(bucket, "a", b"other")
    assert any(source.endswith(".partial") for source in links)
    assert objects(tmp_path) == {"a": b"content" * 500_000}


def test_an_open_file_gets_its_name_without_a_copy(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_module, "_copy_and_link", None)
    assert put(FolderBucket(tmp_path), "a", b"content") is Created.NEW
    assert put(FolderBucket(tmp_path), "a", b"content") is Created.FOUND
