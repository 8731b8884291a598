"""What a customer may hand over so that Sluice gets into a bucket."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from shared.domain.cloud_names import is_service_account
from shared.errors import InvalidInput


class CredentialKind(StrEnum):
    """How Sluice gets into a bucket."""

    KEY = "key"
    IMPERSONATION = "impersonation"
    # A test server, which asks for nothing.
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ServiceAccountKey:
    """All that is kept of an uploaded key; `parse` of key_file makes it.

    The private key is an object of the library, which has no readable form and cannot be pickled:
    neither `repr` nor `asdict` nor a debugger's list of variables shows a letter of it.
    """

    email: str
    key_id: str
    project_id: str
    private_key: RSAPrivateKey = field(repr=False, compare=False)

    @property
    def kind(self) -> CredentialKind:
        """A key."""
        return CredentialKind.KEY

    def __reduce__(self) -> NoReturn:
        raise TypeError("a service account key is not pickled")


@dataclass(frozen=True, slots=True)
class Impersonation:
    """A service account that Sluice may act as, and the text that proves whose account it is."""

    email: str
    # Stands in the description of the service account, put there by its owner.
    proof: str

    def __post_init__(self) -> None:
        if not is_service_account(self.email):
            raise InvalidInput(
                "This is no e-mail address of a service account; give it in full, as in "
                "sluice@my-project.iam.gserviceaccount.com."
            )

    @property
    def kind(self) -> CredentialKind:
        """An impersonation."""
        return CredentialKind.IMPERSONATION


# None is for test servers only: nobody's own credentials ever stand in for a customer's.
Credential = ServiceAccountKey | Impersonation | None


def kind_of(credential: Credential) -> CredentialKind:
    """How this credential opens a bucket."""
    return CredentialKind.NONE if credential is None else credential.kind
