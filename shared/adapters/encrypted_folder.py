"""A folder as a store of secrets, for a laptop: encrypted files, and the key beside them."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex
from typing import TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.credentials.secret_names import check_secret
from shared.errors import OurFault, SluiceError, Transient
from shared.reasons import (
    SECRET_MISSING,
    SECRET_UNREADABLE,
    SECRETS_DENIED,
    SECRETS_EXPOSED,
    SECRETS_UNAVAILABLE,
)

T = TypeVar("T")

KEY_FILE = "key"
KEY_BYTES = 32
NONCE_BYTES = 12
# A fresh name each time: the reference of a destroyed version never comes to mean another one.
_REFERENCE = re.compile(r"([A-Za-z0-9_-]{1,255})/([0-9a-f]{32})")


class EncryptedFolder:
    """The secrets port over one folder, which is made with the first secret."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, value: bytes) -> str:
        """Encrypt the value into a file of its own, bound to its reference."""
        check_secret(name, value)
        return _guarded(lambda: self._put(name, value))

    def get(self, reference: str) -> bytes:
        """Decrypt the file; what was damaged or put under another name is not read."""
        return _guarded(lambda: self._get(reference))

    def destroy(self, reference: str) -> None:
        """Remove the file; does nothing when it is gone."""
        path = self._path(reference)
        if path is not None:
            _guarded(lambda: path.unlink(missing_ok=True))

    def _put(self, name: str, value: bytes) -> str:
        reference = f"{name}/{token_hex(16)}"
        path = self._folder / reference
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        cipher = AESGCM(self._key() or self._new_key())
        nonce = os.urandom(NONCE_BYTES)
        _create(path, nonce + cipher.encrypt(nonce, value, reference.encode()))
        return reference

    def _get(self, reference: str) -> bytes:
        path = self._path(reference)
        key = self._key()
        if path is None or key is None or not path.is_file():
            raise OurFault(
                "A stored secret is missing; give the credentials again.", reason=SECRET_MISSING
            )
        content = path.read_bytes()
        try:
            nonce, box = content[:NONCE_BYTES], content[NONCE_BYTES:]
            return AESGCM(key).decrypt(nonce, box, reference.encode())
        except (InvalidTag, ValueError) as error:
            raise _unreadable() from error

    def _path(self, reference: str) -> Path | None:
        return self._folder / reference if _REFERENCE.fullmatch(reference) else None

    def _key(self) -> bytes | None:
        """The key, when it is there and nobody but its owner can read it."""
        path = self._folder / KEY_FILE
        try:
            number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        with os.fdopen(number, "rb") as file:
            found = os.fstat(number)
            if found.st_mode & 0o077 or found.st_uid != os.geteuid():
                raise OurFault(
                    f"The key file {path} is open to others; make it yours alone (chmod 600) and "
                    "give all credentials again.",
                    reason=SECRETS_EXPOSED,
                )
            key = file.read(KEY_BYTES + 1)
        if len(key) != KEY_BYTES:
            raise _unreadable()
        return key

    def _new_key(self) -> bytes:
        """A key of two processes that begin at once is the same: that of the first."""
        key = AESGCM.generate_key(bit_length=8 * KEY_BYTES)
        try:
            _create(self._folder / KEY_FILE, key)
        except FileExistsError:
            return self._key() or key
        return key


def _create(path: Path, content: bytes) -> None:
    """Make the file, whole and for its owner alone; raises FileExistsError and changes nothing."""
    partial = path.with_name(f".{token_hex(8)}.partial")
    number = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(number)
        os.link(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _guarded(action: Callable[[], T]) -> T:
    try:
        return action()
    except SluiceError:
        raise
    except PermissionError as error:
        raise OurFault(
            "The folder of the secrets may not be used; allow it or name another one.",
            reason=SECRETS_DENIED,
        ) from error
    except OSError as error:
        raise Transient(
            f"The folder of the secrets cannot be used for now ({error.strerror}).",
            reason=SECRETS_UNAVAILABLE,
        ) from error


def _unreadable() -> OurFault:
    return OurFault(
        "A stored secret cannot be decrypted; give the credentials again.",
        reason=SECRET_UNREADABLE,
    )
