"""How Sluice gets into a bucket: whose credentials they are, and where they lie."""

from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Access:
    """Holds no secret: a key is named by its reference in the store of secrets."""

    kind: str
    email: str | None = None
    key_id: str | None = None
    # A reference of the store of secrets.
    secret: str | None = None


def secret_name(account_id: int, url: str) -> str:
    """The secret of which all keys of one bucket are versions; it does not tell the bucket."""
    return f"bucket-{account_id}-{sha256(url.encode()).hexdigest()[:16]}"


def belongs(access: Access, account_id: int, url: str) -> bool:
    """Whether the reference is one to a key of this bucket of this account."""
    if access.secret is None:
        return True
    return secret_name(account_id, url) in access.secret.split("/")
