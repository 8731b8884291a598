"""What BigQuery says of a customer's dataset, turned into faults that tell the customer what to do.

Its own messages may quote values of rows, and are never repeated.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from google.auth.exceptions import GoogleAuthError, TransportError

from shared.adapters.bigquery_errors import FAULTS, fault_of, reason_of
from shared.errors import CustomerFault, SluiceError, Transient

KEY, MISSING, REFUSED = "import-key-refused", "import-source-missing", "import-source-refused"
NO_SELECT, OTHER_DATASET = "import-no-select", "import-other-dataset"
DENIED, BILLING, TOO_LARGE = "import-roles-missing", "import-billing", "import-too-large"

_ADVICE = {
    "authError": (KEY, "the key is invalid or was revoked; create another one and rotate it"),
    "required": (KEY, "the key is invalid or was revoked; create another one and rotate it"),
    "accessDenied": (DENIED, "grant the service account the roles that the guide lists"),
    "forbidden": (DENIED, "grant the service account the roles that the guide lists"),
    "notFound": (MISSING, "copy the names of project, dataset and table exactly as they are"),
    "invalidQuery": (REFUSED, "try the SELECT in the BigQuery console and mend it"),
    "invalid": (REFUSED, "try the SELECT in the BigQuery console and mend it"),
    "billingNotEnabled": (BILLING, "enable billing for the project"),
    "billingTierLimitExceeded": (BILLING, "raise the project's billing tier"),
    "accountDisabled": (BILLING, "have the project's account enabled"),
    "blocked": (BILLING, "ask Google's support why the project is blocked"),
    "bytesBilledLimitExceeded": (TOO_LARGE, "ask for fewer columns, or a narrower SELECT"),
    "responseTooLarge": (TOO_LARGE, "ask for fewer columns, or a narrower SELECT"),
    "resourcesExceeded": (TOO_LARGE, "make the SELECT simpler"),
}


@contextmanager
def their_faults(doing: str) -> Iterator[None]:
    """Turn what the client libraries raise into a fault; `doing` ends "could not ..."."""
    try:
        yield
    except FAULTS as error:
        raise their_fault(error, doing) from error
    except TimeoutError as error:
        raise fault_of(error, doing, theirs=True) from error


def their_fault(error: BaseException, doing: str) -> SluiceError:
    """The fault that says what the customer has to do; Transient when nobody has."""
    fault = fault_of(error, doing, theirs=True)
    if isinstance(fault, Transient):
        return fault
    auth = isinstance(error, GoogleAuthError) and not isinstance(error, TransportError)
    said = "authError" if auth else reason_of(error)
    reason, advice = _ADVICE.get(said, (REFUSED, "look at the job in the project's history"))
    return CustomerFault(
        f"BigQuery could not {doing} ({said or 'without a reason'}): {advice}.", reason=reason
    )
