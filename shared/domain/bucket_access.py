"""How a bucket is called, and how Sluice gets in: whose credentials, and where they lie."""

import re
from dataclasses import dataclass
from hashlib import sha256

from shared.errors import InvalidInput

_NICKNAME = re.compile(r"\S(.{0,62}\S)?")


@dataclass(frozen=True, slots=True)
class Access:
    """Holds no secret: a key is named by its reference in the store of secrets."""

    kind: str
    email: str | None = None
    key_id: str | None = None
    # A reference of the store of secrets.
    secret: str | None = None


def secret_name(account_id: int, url: str, what: str = "bucket") -> str:
    """The secret of which all keys of one bucket are versions; it does not tell the bucket.

    Of what else is opened with a key, such as a connection, they are kept apart by `what` it is.
    """
    return f"{what}-{account_id}-{sha256(url.encode()).hexdigest()[:16]}"


def belongs(access: Access, account_id: int, url: str, what: str = "bucket") -> bool:
    """Whether the reference is one to a key of this bucket, or what it is, of this account."""
    if access.secret is None:
        return True
    return secret_name(account_id, url, what) in access.secret.split("/")


def checked_nickname(nickname: str) -> str:
    """The nickname of a bucket; raises InvalidInput when it is none."""
    if not _NICKNAME.fullmatch(nickname) or not nickname.isprintable() or "://" in nickname:
        raise InvalidInput(
            "Give a nickname of 1 to 64 characters, without spaces at its ends, and no address."
        )
    return nickname
