"""Sorts what Cloud Storage and its client say into our errors, each with its reason."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from google.api_core.exceptions import GoogleAPICallError, RetryError, from_http_response
from google.auth.exceptions import GoogleAuthError, TransportError
from google.cloud.storage.exceptions import DataCorruption, InvalidResponse
from urllib3.exceptions import HTTPError

from shared import reasons
from shared.errors import CustomerFault, OurFault, SluiceError, Transient
from shared.reasons import Reason

# Whatever a call may raise; the errors of `requests` and of sockets are OSErrors.
CLOUD_ERRORS = (
    GoogleAPICallError,
    GoogleAuthError,
    # The library has tried for as long as it was told to.
    RetryError,
    InvalidResponse,
    DataCorruption,
    HTTPError,
    OSError,
)
BILLING = frozenset({"accountDisabled", "userProjectAccountProblem"})
QUOTA = frozenset(
    {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "usageLimitsExceeded"}
)
RETENTION = "retentionPolicyNotMet"
# A perimeter of VPC Service Controls, or the filter of the bucket itself. Spaces and capitals,
# since no name of a bucket that an answer repeats can have them.
_ADDRESS = re.compile(
    r"vpcServiceControls|SECURITY_POLICY_VIOLATED|SecurityPolicyViolated|IP filter"
    r"|prohibited by organi[sz]ation's policy"
)
_POLICY = re.compile(
    r"\bconstraints/[a-z]|orgPolicyConstraintFailed|ORG_RESTRICTION_VIOLATION"
    r"|[Oo]rgani[sz]ation (policy|restriction)"
)
# The client puts the request before what was answered.
_REQUEST = re.compile(r"^[A-Z]+ \S+: ")
# How Google's token server says that a key was good once.
_DISABLED = re.compile(r"not found|disabled|deleted|expired|revoked|suspended", re.IGNORECASE)
# It says so when the time in a signed request is not its own.
_CLOCK = re.compile(r"iat and exp|short-lived token|reasonable timeframe", re.IGNORECASE)
# Who may only create is told so instead of 412 when the name is taken.
OVERWRITE_DENIED = "storage.objects.delete"


@contextmanager
def translated() -> Iterator[None]:
    """Raise ours in place of the client's errors; no answer's text gets into ours."""
    try:
        yield
    except CLOUD_ERRORS as error:
        raise fault_of(error) from error


def error_of(response: requests.Response) -> GoogleAPICallError:
    """The error that an answer of the interface tells of."""
    error: GoogleAPICallError = from_http_response(response)
    return error


def name_is_taken(error: GoogleAPICallError) -> bool:
    """Whether this refusal of a create-only upload means that the object is there already."""
    if error.code == 412:
        return not _POLICY.search(told(error))
    return error.code == 403 and (_says(error, RETENTION) or OVERWRITE_DENIED in error.message)


def fault_of(error: Exception) -> SluiceError:
    """Our error for the client's; what is not known to be permanent counts as transient."""
    if isinstance(error, InvalidResponse):
        error = from_http_response(error.response)
    if isinstance(error, GoogleAPICallError):
        return _fault_of_answer(error)
    if isinstance(error, GoogleAuthError):
        return _fault_of_key(error)
    return _transient(reasons.CLOUD_UNAVAILABLE)


def _fault_of_answer(error: GoogleAPICallError) -> SluiceError:
    status = int(error.code or 0)
    if status in (400, 403, 412) and _POLICY.search(told(error)):
        return _customer(reasons.ORGANISATION_POLICY)
    match status:
        case 401:
            return _customer(reasons.FORBIDDEN)
        case 403:
            return _fault_of_denial(error)
        case 404:
            return _customer(reasons.BUCKET_NOT_FOUND)
        case 429:
            return _transient(reasons.TOO_MANY_REQUESTS)
        case 400 if "requester pays" in error.message.lower():
            return _customer(reasons.REQUESTER_PAYS)
        case 400 if "crc32c" in error.message.lower():
            # The server has counted other bytes than we have sent: broken on the way.
            return _transient(reasons.CLOUD_UNAVAILABLE)
        case 0 | 408 | 409 | 410 | 412:
            return _transient(reasons.CLOUD_UNAVAILABLE)
        case _ if status >= 500:
            return _transient(reasons.CLOUD_UNAVAILABLE)
    refused = reasons.CLOUD_REFUSED
    return OurFault(f"{refused.message} Its status was {status}.", reason=refused.code)


def _fault_of_denial(error: GoogleAPICallError) -> SluiceError:
    """403 has many causes; its `reason` tells most of them apart."""
    if _says(error, RETENTION):
        return _customer(reasons.RETENTION_POLICY)
    if _says(error, *BILLING) or "billing account" in error.message.lower():
        return _customer(reasons.BILLING)
    if _says(error, *QUOTA):
        return _transient(reasons.TOO_MANY_REQUESTS)
    if _ADDRESS.search(told(error)):
        return _customer(reasons.IP_NOT_ALLOWED)
    return _customer(reasons.FORBIDDEN)


def _fault_of_key(error: GoogleAuthError) -> SluiceError:
    """No token was given; Google says the same of a wrong key and of one that was deleted."""
    if isinstance(error, TransportError) or error.retryable:
        return _transient(reasons.CLOUD_UNAVAILABLE)
    said = str(error)
    if _CLOCK.search(said):
        return OurFault(reasons.CLOCK_WRONG.message, reason=reasons.CLOCK_WRONG.code)
    if _POLICY.search(said):
        return _customer(reasons.ORGANISATION_POLICY)
    return _customer(reasons.KEY_DISABLED if _DISABLED.search(said) else reasons.FORBIDDEN)


def told(error: GoogleAPICallError) -> str:
    """All that an answer says, only to be searched."""
    return f"{_REQUEST.sub('', error.message)} {error.errors}"


def _says(error: GoogleAPICallError, *words: str) -> bool:
    told = {detail.get("reason") for detail in error.errors or () if isinstance(detail, dict)}
    return not told.isdisjoint(words) or any(word in error.message for word in words)


def _customer(reason: Reason) -> CustomerFault:
    return CustomerFault(reason.message, reason=reason.code)


def _transient(reason: Reason) -> Transient:
    return Transient(reason.message, reason=reason.code)
