"""What went wrong in BigQuery, sorted by the reason that it names: theirs, ours, or the moment's.

The status of an answer is not enough: 403 is said for a right that is missing, for a quota and for
calls that come too fast.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import requests
from google.api_core import exceptions as google
from google.auth.exceptions import GoogleAuthError, TransportError

from shared.errors import CustomerFault, OurFault, SluiceError, Transient

UNAVAILABLE = "warehouse-unavailable"
BUSY = "warehouse-busy"
DENIED = "warehouse-denied"
NOT_FOUND = "warehouse-not-found"
BILLING = "warehouse-billing"
TOO_LARGE = "warehouse-too-large"
REFUSED = "warehouse-refused"

# BigQuery's reasons: https://cloud.google.com/bigquery/docs/error-messages
_MOMENT = {
    "backendError": UNAVAILABLE,
    "badGateway": UNAVAILABLE,
    "internalError": UNAVAILABLE,
    "jobBackendError": UNAVAILABLE,
    "jobInternalError": UNAVAILABLE,
    "tableUnavailable": UNAVAILABLE,
    "stopped": UNAVAILABLE,
    "timeout": UNAVAILABLE,
    "rateLimitExceeded": BUSY,
    "jobRateLimitExceeded": BUSY,
    "quotaExceeded": BUSY,
}
_OWNER = {
    "accessDenied": (DENIED, "grant the service account the roles that the README lists"),
    "forbidden": (DENIED, "grant the service account the roles that the README lists"),
    "required": (DENIED, "give Sluice a service account"),
    "authError": (DENIED, "give Sluice a service account whose credentials are valid"),
    "notFound": (NOT_FOUND, "check the project, the datasets and their location"),
    "billingNotEnabled": (BILLING, "enable billing for the project"),
    "billingTierLimitExceeded": (BILLING, "raise the project's billing tier"),
    "accountDisabled": (BILLING, "have the project's account enabled"),
    "blocked": (DENIED, "ask Google's support why the project is blocked"),
}
_SIZE = {
    "bytesBilledLimitExceeded": "raise the limit of bytes if so much was meant to be read",
    "responseTooLarge": "the answer is larger than BigQuery gives",
    "resourcesExceeded": "the query needs more than BigQuery gives to one",
}
# Where no reason is named, as with gRPC.
_BY_STATUS: tuple[tuple[type[Exception], str], ...] = (
    (google.Unauthorized, "authError"),
    (google.Forbidden, "accessDenied"),
    (google.NotFound, "notFound"),
    (google.TooManyRequests, "rateLimitExceeded"),
    (google.ServerError, "backendError"),
    (google.Cancelled, "backendError"),
    (google.Aborted, "backendError"),
)
_NO_ANSWER = (requests.RequestException, TransportError, ConnectionError, TimeoutError)
FAULTS = (google.GoogleAPIError, GoogleAuthError, *_NO_ANSWER)


@contextmanager
def faults(doing: str, *, theirs: bool = False) -> Iterator[None]:
    """Turn what the client libraries raise into a fault of ours; `doing` ends "could not ..."."""
    try:
        yield
    except FAULTS as error:
        raise fault_of(error, doing, theirs=theirs) from error


def fault_of(error: BaseException, doing: str, *, theirs: bool = False) -> SluiceError:
    """The fault that says who must act; `theirs`: the project is a customer's, not our own."""
    if isinstance(error, google.RetryError):
        # Our repetitions have run out; what counts is what was repeated.
        return fault_of(error.cause or TimeoutError(), doing, theirs=theirs)
    if isinstance(error, _NO_ANSWER):
        return Transient(f"BigQuery did not answer when it should {doing}.", reason=UNAVAILABLE)
    if isinstance(error, GoogleAuthError):
        return _sorted("authError", doing, theirs=theirs)
    return _sorted(reason_of(error), doing, theirs=theirs)


def job_fault(result: Mapping[str, str], doing: str, *, theirs: bool = False) -> SluiceError:
    """The fault for the error of a job that has ended."""
    return _sorted(result.get("reason", ""), doing, theirs=theirs)


def is_transient(error: BaseException) -> bool:
    """Whether the same call may succeed a moment later."""
    return isinstance(error, FAULTS) and isinstance(fault_of(error, ""), Transient)


def reason_of(error: BaseException) -> str:
    """BigQuery's own word for an error, or the one that its status stands for."""
    named = getattr(error, "errors", None) or [{}]
    if isinstance(named[0], Mapping) and named[0].get("reason"):
        return str(named[0]["reason"])
    return next((reason for kind, reason in _BY_STATUS if isinstance(error, kind)), "")


def _sorted(reason: str, doing: str, *, theirs: bool) -> SluiceError:
    # BigQuery's own message may quote a value of a row, so it is never repeated.
    said = f"BigQuery could not {doing} ({reason or 'without a reason'})"
    if reason in _MOMENT:
        return Transient(f"{said}; it is tried again.", reason=_MOMENT[reason])
    if reason in _OWNER:
        code, advice = _OWNER[reason]
        owner = CustomerFault if theirs else OurFault
        return owner(f"{said}: {advice}.", reason=code)
    if reason in _SIZE:
        return OurFault(f"{said}: {_SIZE[reason]}.", reason=TOO_LARGE)
    return OurFault(f"{said}; look at the job in the project's history.", reason=REFUSED)
