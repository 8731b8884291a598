"""What hinders a trial and not what is tried: whoever asked for it is told as of a failed step."""

from shared.errors import CustomerFault, OurFault, SluiceError, Transient
from shared.reasons import SETUP, Blame, of


def may_be_told(error: SluiceError) -> bool:
    """Whether whoever asked can do something: mend what Sluice lacks where it runs, or wait."""
    return isinstance(error, Transient) or (isinstance(error, OurFault) and error.reason in SETUP)


def fault_of(reason: str, message: str) -> SluiceError:
    """The fault behind a step that failed, which blames whom its reason blames."""
    kinds = {Blame.CUSTOMER: CustomerFault, Blame.TRANSIENT: Transient, Blame.OURS: OurFault}
    return kinds[of(reason).blame](message, reason=reason)


def proves(reason: str | None) -> bool:
    """Whether a trial that ended so says anything of what was tried; what passes does not."""
    return reason is None or of(reason).blame is not Blame.TRANSIENT
