"""A folder as a customer's bucket, for a laptop: objects appear whole, once, or not at all."""

import errno
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO, TypeVar
from urllib.parse import unquote, urlsplit

import google_crc32c

from shared.adapters.present_object import differs, repacked
from shared.domain.bucket_steps import Part, Trial
from shared.errors import CustomerFault, InvalidInput, Transient
from shared.formats.checksums import crc32c_text
from shared.formats.files import Bytes, Spool
from shared.ports import Created, Repacked

T = TypeVar("T")

READ_BYTES = 1_000_000
# Linux finds room for a short write in memory that it used lately; for a long one it takes large
# fresh blocks, which cost a virtual machine up to five times as much.
WRITE_BYTES = 1 << 16
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
DENIED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def path_of(url: str) -> Path:
    """The folder of a `file:///folder` address; raises InvalidInput for any other address."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or not parts.path:
        raise InvalidInput(
            # Not repeated: people paste addresses with passwords inside.
            "The bucket's address is not understood; give gs://name, or a folder as "
            "file:///path/to/folder."
        )
    return Path(unquote(parts.path))


class FolderSpool:
    """An unnamed temporary file on the bucket's own disk; it vanishes if its process dies."""

    def __init__(self, folder: Path) -> None:
        self.file = _unnamed(folder)

    def write(self, data: Bytes, /) -> int:
        """Take the next bytes, all of them."""
        view = memoryview(data).cast("B")
        done = 0
        while done < len(view):
            done += _guarded(partial(self.file.write, view[done : done + WRITE_BYTES]))
        return done

    def close(self) -> None:
        """Let go of the file; an object that was created from it stays."""
        self.file.close()

    def __enter__(self) -> "FolderSpool":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class FolderBucket:
    """The bucket port over one folder; the folder itself must exist."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def check(self) -> None:
        """Raise CustomerFault when the folder is missing or not writable."""
        if not self._root.is_dir():
            raise CustomerFault(
                f"The folder {self._root} does not exist; create it or name another one.",
                reason="bucket-not-found",
            )
        if not os.access(self._root, os.W_OK | os.X_OK):
            raise CustomerFault(
                f"The folder {self._root} may not be written to; allow it or name another one.",
                reason="bucket-forbidden",
            )

    def try_out(self) -> Trial:
        """What each step shows; a folder has no token and no settings."""
        try:
            self.check()
        except CustomerFault as fault:
            return Trial(failed_at=Part.BUCKET, fault=fault)
        return Trial(may_create=True, may_read=os.access(self._root, os.R_OK))

    def open_spool(self) -> Spool:
        """Room for one object, on the same disk, so that creating it is one link."""
        self.check()
        return _guarded(lambda: FolderSpool(self._root))

    def create(
        self, name: str, spool: Spool, *, crc32c: str, size: int, metadata: Mapping[str, str]
    ) -> Created | Repacked:
        """Give the spooled file its name if nothing has it; a link never replaces anything."""
        del metadata  # A folder has no place for it.
        if not isinstance(spool, FolderSpool):
            raise TypeError("a folder creates objects from its own spools only")
        target = self._root / name
        try:
            _guarded(lambda: target.parent.mkdir(parents=True, exist_ok=True))
            _guarded(lambda: _link(spool.file, target))
        except (FileExistsError, NotADirectoryError):
            # The second attempt of the same slice lands here and must find the same bytes.
            if target.is_file():
                if (size, crc32c) == _size_and_crc32c(target):
                    return Created.FOUND
                with target.open("rb") as theirs:
                    if same := repacked(spool.file, theirs):
                        return same
            raise differs(name) from None
        return Created.NEW

    def open(self, name: str) -> BinaryIO:
        """Read an object back; raises FileNotFoundError."""
        return (self._root / name).open("rb")


def _guarded(action: Callable[[], T]) -> T:
    try:
        return action()
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno in NO_ROOM:
            raise Transient("The disk of the bucket is full.", reason="disk-full") from error
        if error.errno in DENIED:
            raise CustomerFault(
                "The folder of the bucket may not be written to.", reason="bucket-forbidden"
            ) from error
        if error.errno == errno.ENOENT:
            raise CustomerFault(
                "The folder of the bucket does not exist.", reason="bucket-not-found"
            ) from error
        raise


def _unnamed(folder: Path) -> IO[bytes]:
    """A file without a name, so that a killed worker leaves nothing; it can be given one later."""
    if hasattr(os, "O_TMPFILE"):
        # The standard library's temporary files are opened with O_EXCL and can never be linked.
        with suppress(OSError):
            number = os.open(folder, os.O_RDWR | os.O_TMPFILE | os.O_CLOEXEC, 0o666)
            return os.fdopen(number, "r+b", buffering=0)
    return tempfile.TemporaryFile(dir=folder, buffering=0)


def _link(file: IO[bytes], target: Path) -> None:
    unnamed = Path(f"/proc/self/fd/{file.fileno()}")
    if unnamed.exists():
        try:
            # An absolute path needs no `src_dir_fd`; naming one makes Python call `linkat`, which
            # alone follows this link to the open file.
            os.link(unnamed, target, src_dir_fd=file.fileno(), follow_symlinks=True)
            return
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.EXDEV, errno.EOPNOTSUPP):
                raise
    _copy_and_link(file, target)


def _copy_and_link(file: IO[bytes], target: Path) -> None:
    """Where an open file cannot be given a name: a named copy first, then the same link."""
    partial = target.parent / f".{secrets.token_hex(8)}.partial"
    try:
        with partial.open("xb") as copy:
            file.seek(0)
            while chunk := file.read(READ_BYTES):
                copy.write(chunk)
        os.link(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def _size_and_crc32c(path: Path) -> tuple[int, str]:
    size = 0
    checksum = google_crc32c.Checksum()
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            size += len(chunk)
            checksum.update(chunk)
    return size, crc32c_text(checksum.digest())
