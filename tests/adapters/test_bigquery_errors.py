"""Whose fault an error of BigQuery is follows from its reason, never from its status alone."""

import pytest
import requests
from google.api_core import exceptions as google
from google.auth.exceptions import DefaultCredentialsError, RefreshError, TransportError

from shared.adapters.bigquery_errors import fault_of, faults, is_transient, job_fault
from shared.errors import CustomerFault, OurFault, Transient

REASONS = [
    ("accessDenied", OurFault, "warehouse-denied"),
    ("forbidden", OurFault, "warehouse-denied"),
    ("billingNotEnabled", OurFault, "warehouse-billing"),
    ("notFound", OurFault, "warehouse-not-found"),
    ("rateLimitExceeded", Transient, "warehouse-busy"),
    ("jobRateLimitExceeded", Transient, "warehouse-busy"),
    ("quotaExceeded", Transient, "warehouse-busy"),
    ("backendError", Transient, "warehouse-unavailable"),
    ("internalError", Transient, "warehouse-unavailable"),
    ("tableUnavailable", Transient, "warehouse-unavailable"),
    ("stopped", Transient, "warehouse-unavailable"),
    ("bytesBilledLimitExceeded", OurFault, "warehouse-too-large"),
    ("responseTooLarge", OurFault, "warehouse-too-large"),
    ("resourcesExceeded", OurFault, "warehouse-too-large"),
    ("invalidQuery", OurFault, "warehouse-refused"),
    ("somethingNew", OurFault, "warehouse-refused"),
]
SECRET = "ann@example.org bought a gun"


@pytest.mark.parametrize(("reason", "kind", "code"), REASONS)
def test_the_reason_decides(reason, kind, code):
    """The status is 403 every time."""
    error = google.Forbidden(SECRET, errors=[{"reason": reason, "message": SECRET}])
    found = [fault_of(error, "count"), job_fault({"reason": reason, "message": SECRET}, "count")]
    for fault in found:
        assert (type(fault), fault.reason) == (kind, code)
        # BigQuery's message may quote a row.
        assert SECRET not in fault.message
        assert reason in fault.message


@pytest.mark.parametrize("reason", ["accessDenied", "billingNotEnabled", "notFound"])
def test_in_a_customers_project_it_is_theirs_to_mend(reason):
    fault = job_fault({"reason": reason}, "count", theirs=True)
    assert isinstance(fault, CustomerFault)
    assert not isinstance(job_fault({"reason": "invalidQuery"}, "x", theirs=True), CustomerFault)
    assert isinstance(job_fault({"reason": "backendError"}, "x", theirs=True), Transient)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (google.PermissionDenied(""), OurFault),
        (google.Unauthenticated(""), OurFault),
        (google.NotFound(""), OurFault),
        (google.InvalidArgument(""), OurFault),
        (google.ResourceExhausted(""), Transient),
        (google.ServiceUnavailable(""), Transient),
        (google.DeadlineExceeded(""), Transient),
        (google.InternalServerError(""), Transient),
        (google.Aborted(""), Transient),
        (google.Cancelled(""), Transient),
        (google.RetryError("", google.ServiceUnavailable("")), Transient),
        (google.RetryError("", None), Transient),
        (requests.ConnectionError(), Transient),
        (requests.Timeout(), Transient),
        (ConnectionResetError(), Transient),
        (TimeoutError(), Transient),
        (TransportError(), Transient),
        (RefreshError(), OurFault),
        (DefaultCredentialsError(), OurFault),
    ],
)
def test_without_a_reason_the_kind_of_error_decides(error, kind):
    with pytest.raises(kind), faults("count"):
        raise error
    assert is_transient(error) is (kind is Transient)


def test_other_errors_are_left_alone():
    with pytest.raises(KeyError), faults("count"):
        raise KeyError("x")
    assert not is_transient(KeyError("x"))
