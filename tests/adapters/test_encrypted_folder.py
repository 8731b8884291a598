"""The folder of secrets: nothing readable on disk, and a key for its owner alone."""

import os
import stat
from pathlib import Path

import pytest

from shared.adapters.encrypted_folder import EncryptedFolder
from shared.errors import OurFault, Transient
from tests.leaks import found_in, watch

VALUE = watch("canary-in-a-folder-4fd1a90b").encode()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "home" / "secrets"


@pytest.fixture
def store(folder):
    return EncryptedFolder(folder)


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def reason(action):
    with pytest.raises(OurFault) as caught:
        action()
    assert not found_in(str(caught.value))
    return caught.value.reason


def test_nothing_on_disk_shows_the_value_and_nobody_else_may_look(store, folder):
    reference = store.put("bucket-1", VALUE)
    assert {path.relative_to(folder).as_posix() for path in files(folder)} == {"key", reference}
    for path in files(folder):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert not found_in(path.read_bytes().decode("latin-1"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_same_value_twice_looks_different(store, folder):
    one, two = (folder / store.put("bucket-1", VALUE) for _ in range(2))
    assert one.read_bytes() != two.read_bytes()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o610, 0o601, 0o660, 0o666])
def test_a_key_that_others_may_touch_is_refused(store, folder, mode):
    reference = store.put("bucket-1", VALUE)
    (folder / "key").chmod(mode)
    assert reason(lambda: store.get(reference)) == "secrets-exposed"
    assert reason(lambda: store.put("bucket-1", VALUE)) == "secrets-exposed"


def test_a_key_that_belongs_to_another_user_is_refused(store, monkeypatch):
    """Only root can give a file away, so it is we who are somebody else from then on."""
    reference = store.put("bucket-1", VALUE)
    somebody = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: somebody)
    assert reason(lambda: store.get(reference)) == "secrets-exposed"


def test_a_key_behind_a_link_is_not_followed(store, folder, tmp_path):
    reference = store.put("bucket-1", VALUE)
    moved = (folder / "key").rename(tmp_path / "elsewhere")
    (folder / "key").symlink_to(moved)
    with pytest.raises(Transient):
        store.get(reference)


@pytest.mark.parametrize("key", [b"", b"short", b"x" * 31, b"x" * 33])
def test_a_file_that_is_no_key_is_told(store, folder, key):
    reference = store.put("bucket-1", VALUE)
    (folder / "key").write_bytes(key)
    assert reason(lambda: store.get(reference)) == "secret-unreadable"
    assert reason(lambda: store.put("bucket-1", VALUE)) == "secret-unreadable"


def test_another_key_reads_nothing(store, folder):
    reference = store.put("bucket-1", VALUE)
    (folder / "key").write_bytes(b"x" * 32)
    assert reason(lambda: store.get(reference)) == "secret-unreadable"


def test_a_lost_key_means_that_the_secret_is_lost(store, folder):
    reference = store.put("bucket-1", VALUE)
    (folder / "key").unlink()
    assert reason(lambda: store.get(reference)) == "secret-missing"


@pytest.mark.parametrize("size", [0, 5, 12, -1])
def test_a_damaged_file_is_not_read(store, folder, size):
    reference = store.put("bucket-1", VALUE)
    path = folder / reference
    path.write_bytes(path.read_bytes()[:size])
    assert reason(lambda: store.get(reference)) == "secret-unreadable"


def test_the_file_of_another_secret_is_not_read_in_its_place(store, folder):
    """Whoever can write files, but has no key, cannot give one bucket the key of another."""
    one, other = store.put("bucket-1", VALUE), store.put("bucket-2", b"other")
    (folder / one).write_bytes((folder / other).read_bytes())
    assert reason(lambda: store.get(one)) == "secret-unreadable"


def test_a_folder_that_cannot_be_made_is_tried_again_later(tmp_path):
    (tmp_path / "home").write_text("a file in the way")
    with pytest.raises(Transient) as caught:
        EncryptedFolder(tmp_path / "home" / "secrets").put("bucket-1", VALUE)
    assert caught.value.reason == "secrets-unavailable"


def test_a_folder_that_may_not_be_used_is_told(store, monkeypatch):
    """Root is never refused, so the refusal is played."""
    fired = []

    def refuse(*args, **options):
        fired.append(args)
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert reason(lambda: store.put("bucket-1", VALUE)) == "secrets-denied"
    assert fired


def test_a_write_that_fails_leaves_nothing_behind(store, folder, monkeypatch):
    store.put("bucket-1", b"first")
    before = files(folder)
    fired = []

    def full(*args):
        fired.append(args)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Transient):
        store.put("bucket-1", VALUE)
    assert fired
    assert files(folder) == before


def test_a_path_outside_of_the_folder_is_never_touched(store, tmp_path):
    outside = Path(tmp_path / "file")
    outside.write_text("stays")
    store.put("bucket-1", VALUE)
    for reference in ("../../file", str(outside), "bucket-1/../../../file"):
        store.destroy(reference)
        assert reason(lambda each=reference: store.get(each)) == "secret-missing"
    assert outside.read_text() == "stays"
