"""Who calls a function, and what proves it."""

from dataclasses import dataclass
from typing import Protocol


class Callers(Protocol):
    """Knows who may call a function."""

    def refuse(self, authorization: str | None) -> str | None:
        """Why a call with this Authorization header is refused; None when it is not.

        Raises Transient when that cannot be told for now.
        """


class Identities(Protocol):
    """Tells whose a signed token is."""

    def email_of(self, token: str) -> str:
        """The address that the token proves, in lower case.

        Raises NotIdentified when it proves none, Transient when that cannot be told for now.
        """


@dataclass(frozen=True, slots=True)
class SignIn:
    """What proves to the api function who calls; with none of it nobody gets in."""

    iap: Identities | None = None
    machines: Identities | None = None
    # Who everybody on this machine is; empty where that is nobody.
    local_member: str = ""

    @property
    def configured(self) -> bool:
        """Whether anybody can get in at all."""
        return bool(self.iap or self.machines or self.local_member)
