"""One entry of the catalogue of reasons, and short ways to write one down."""

from dataclasses import dataclass
from enum import StrEnum


class Blame(StrEnum):
    """Who has to act."""

    # Whoever owns the bucket or sent the request.
    CUSTOMER = "customer"
    # Nobody: the same work is tried again.
    TRANSIENT = "transient"
    # Whoever runs Sluice.
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Reason:
    """What is known of a fault with this code; it holds no value of a customer's and no secret."""

    code: str
    blame: Blame
    # What happened, in one sentence.
    title: str
    cause: str
    # What to do, step by step.
    fix: tuple[str, ...]
    # Where the dashboard explains it, such as `/guide#key`; empty where no page says more.
    guide: str = ""
    # Whether a delivery that fails for it warns people and at last stops the export.
    opens_incident: bool = False
    # What an error's message says after the title.
    advice: str = ""

    @property
    def message(self) -> str:
        """What an error of this reason says."""
        return f"{self.title} {self.advice}" if self.advice else self.title

    @property
    def link(self) -> str:
        """Where the documentation explains it to everybody."""
        return f"/docs/reasons#{self.code}"


def customer(
    code: str,
    title: str,
    cause: str,
    *fix: str,
    guide: str = "",
    opens_incident: bool = False,
    advice: str = "",
) -> Reason:
    """A reason that a person at the customer's, or whoever asked, has to mend."""
    return Reason(code, Blame.CUSTOMER, title, cause, fix, guide, opens_incident, advice)


def transient(code: str, title: str, cause: str, *fix: str, advice: str = "") -> Reason:
    """A reason that passes by itself."""
    return Reason(code, Blame.TRANSIENT, title, cause, fix, advice=advice)


def ours(code: str, title: str, cause: str, *fix: str, advice: str = "") -> Reason:
    """A reason that whoever runs Sluice has to mend."""
    return Reason(code, Blame.OURS, title, cause, fix, advice=advice)
