"""Where secrets are kept."""

from typing import Protocol


class Secrets(Protocol):
    """Keeps what must never stand in state; a reference names one version and is no secret."""

    def put(self, name: str, value: bytes) -> str:
        """Keep 1 to 65,536 bytes as a new version of the secret `name`; gives its reference.

        Earlier versions stay. A name has up to 255 letters, digits, '-' and '_'.
        """

    def get(self, reference: str) -> bytes:
        """The value; raises OurFault (`secret-missing`) when there is none or it was destroyed."""

    def destroy(self, reference: str) -> None:
        """Make this version unreadable for good; does nothing when it is gone already."""
