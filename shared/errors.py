"""The errors of Sluice: one tree that says who must act.

    SluiceError
    ├── InvalidInput     a person asked for something that cannot be; nothing was changed
    │   ├── NotFound     there is no such thing in this account, which other accounts never change
    │   └── Conflict     what is there already, or going on, stands in the way
    ├── NotIdentified    nobody can tell who asks
    ├── NotAllowed       known, but may not do this
    ├── TooMany          asked for too often; it may be done later
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


class NotFound(InvalidInput):
    """The account has nothing of this name or id; whether another one has is never told."""

    default_reason = "not-found"


class Conflict(InvalidInput):
    """The request goes against what is stored or under way; the message says what to look at."""

    default_reason = "conflict"


class NotIdentified(SluiceError):
    """The request does not prove who sends it; the reason says which proof failed, never why."""

    default_reason = "not-identified"


class NotAllowed(SluiceError):
    """Whoever asks is known and may not do this; nothing was changed."""

    default_reason = "not-allowed"


class TooMany(SluiceError):
    """Asked for too often; nothing was changed, and it may be asked again after a while."""

    default_reason = "too-many-requests"

    def __init__(self, message: str, *, retry_after_s: int, reason: str | None = None) -> None:
        super().__init__(message, reason=reason)
        self.retry_after_s = retry_after_s


class CustomerFault(SluiceError):
    """The customer's side refuses; trying again without a change there cannot help."""

    default_reason = "customer-fault"


class Transient(SluiceError):
    """Failed for now; the same work may be tried again as it is."""

    default_reason = "transient"


class OurFault(SluiceError):
    """A promise of ours does not hold; somebody who knows the code must look."""

    default_reason = "our-fault"
