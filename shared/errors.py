"""The errors of Sluice: one tree that says who must act.

    SluiceError
    ├── InvalidInput     a person asked for something that cannot be; nothing was changed
    ├── CustomerFault    the customer's side refuses (credentials, bucket, retention): recorded,
    │                    the message is acknowledged, a person has to mend it
    ├── Transient        may work next time: escapes the handler, so that the queue delivers again
    └── OurFault         a defect of ours or a broken promise: logged as ours, never blamed on
                         the customer

Every error has a `reason`: a short, stable code that state, logs and pages show.
"""


class SluiceError(Exception):
    """Base of all errors that Sluice raises on purpose."""

    default_reason = "unknown"

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason or self.default_reason


class InvalidInput(SluiceError):
    """The request cannot be carried out; the message says in one sentence what to do instead."""

    default_reason = "invalid-input"


class CustomerFault(SluiceError):
    """The customer's side refuses; trying again without a change there cannot help."""

    default_reason = "customer-fault"


class Transient(SluiceError):
    """Failed for now; the same work may be tried again as it is."""

    default_reason = "transient"


class OurFault(SluiceError):
    """A promise of ours does not hold; somebody who knows the code must look."""

    default_reason = "our-fault"
