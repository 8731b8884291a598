"""Google's IAM: shows who owns a service account, and lets Sluice act as it.

Ownership is proven by a text in the description of the service account, which only its owner can
put there. Without it any customer could name the service account of another one, which has
granted Sluice the same right.
"""

from collections.abc import Callable
from functools import cached_property
from http import HTTPStatus
from typing import Any

import google.auth
import google.auth.transport
from google.auth import impersonated_credentials
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.auth.transport.requests import AuthorizedSession, Request
from requests import RequestException, Response

from shared.credentials.kinds import Impersonation
from shared.credentials.rebuilt import STORAGE_SCOPE
from shared.errors import CustomerFault, OurFault, SluiceError, Transient
from shared.logs import keep_payloads_out
from shared.reasons import (
    IAM_UNAVAILABLE,
    IMPERSONATION_REFUSED,
    OWN_IDENTITY_MISSING,
    OWNERSHIP_UNPROVEN,
)

IAM_URL = "https://iam.googleapis.com"
CREDENTIALS_URL = "https://iamcredentials.googleapis.com"
OWN_SCOPE = "https://www.googleapis.com/auth/cloud-platform"

# Seconds for one request; the queue's turn comes after that.
CALL_S = 10.0
# Google Cloud's own machines answer in milliseconds.
DETECT_S = 1.0
PASSING = frozenset({408, 429, 500, 502, 503, 504})


def own_credentials() -> Credentials:
    """The identity of this process itself, which is never taken for a customer's."""
    # Away from Google Cloud three requests end in vain, before whoever waits gives up.
    credentials, _ = google.auth.default(scopes=[OWN_SCOPE], request=_WayOut(DETECT_S))
    return credentials


class Iam:
    """Service accounts of customers, seen with our own identity; connects on first use."""

    def __init__(
        self,
        own: Callable[[], Credentials] = own_credentials,
        *,
        iam_url: str = IAM_URL,
        credentials_url: str = CREDENTIALS_URL,
        call_s: float = CALL_S,
    ) -> None:
        self._own = own
        self._iam_url = iam_url
        self._credentials_url = credentials_url
        self._call_s = call_s
        keep_payloads_out("google.auth", "google.oauth2")

    def credentials_of(self, wanted: Impersonation, scope: str = STORAGE_SCOPE) -> Credentials:
        """Credentials of the service account, once its description has shown whose it is.

        Nothing is remembered: a text that was removed since the last call is missed by this one.
        Raises CustomerFault when the owner has to do something, Transient when nobody has.
        """
        self._prove(wanted)
        return self._impersonate(wanted.email, scope)

    def _prove(self, wanted: Impersonation) -> None:
        found = self._read(wanted.email)
        words = str(found.get("description", "")).split()
        if found.get("email") != wanted.email or wanted.proof not in words:
            raise CustomerFault(
                f"The description of {wanted.email} does not show that it is yours: add "
                f"{wanted.proof} to it, as a word of its own, and try again.",
                reason=OWNERSHIP_UNPROVEN,
            )

    def _read(self, email: str) -> dict[str, Any]:
        """The service account as IAM describes it; `email` needs no quoting, by its syntax."""
        url = f"{self._iam_url}/v1/projects/-/serviceAccounts/{email}?fields=email,description"
        response = self._get(url)
        if response.status_code in PASSING:
            raise _unavailable()
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            raise _no_identity()
        if response.status_code != HTTPStatus.OK:
            # 403 and 404 alike: IAM does not tell strangers which accounts there are.
            raise _denied(email)
        try:
            found = response.json()
        except ValueError:
            raise _unavailable() from None
        return found if isinstance(found, dict) else {}

    def _get(self, url: str) -> Response:
        try:
            with AuthorizedSession(self._own_credentials) as session:
                response: Response = session.request(
                    "GET",
                    url,
                    timeout=self._call_s,
                    max_allowed_time=2 * self._call_s,
                    allow_redirects=False,
                )
                return response
        except (RequestException, TransportError) as error:
            raise _unavailable() from error
        except GoogleAuthError as error:
            raise _no_identity() from error

    def _impersonate(self, email: str, scope: str) -> Credentials:
        """Credentials with a first token, so that a refusal shows here and not in an upload."""
        credentials = impersonated_credentials.Credentials(
            source_credentials=self._own_credentials,
            target_principal=email,
            target_scopes=[scope],
            iam_endpoint_override=(
                f"{self._credentials_url}/v1/projects/-/serviceAccounts/{email}:generateAccessToken"
            ),
        )
        way_out = _WayOut(self._call_s)
        fault: SluiceError
        try:
            credentials.refresh(way_out)
        except RefreshError:
            fault = _unavailable() if way_out.status in PASSING else _denied(email)
        except TransportError:
            fault = _unavailable()
        else:
            return credentials
        raise fault

    @cached_property
    def _own_credentials(self) -> Credentials:
        return self._own()


class _WayOut(google.auth.transport.Request):
    """Sends a request of the credentials with a deadline, and remembers how it was answered."""

    def __init__(self, call_s: float) -> None:
        self._request = Request()
        self._call_s = call_s
        self.status = 0

    def __call__(self, *_: Any, **request: Any) -> Any:
        response = self._request(**request | {"timeout": self._call_s})
        self.status = response.status
        return response


def _denied(email: str) -> CustomerFault:
    return CustomerFault(
        f"Sluice may not act as {email}: check the address, and grant Sluice's own service "
        "accounts the role Service Account Token Creator on it.",
        reason=IMPERSONATION_REFUSED,
    )


def _no_identity() -> OurFault:
    return OurFault(OWN_IDENTITY_MISSING.message, reason=OWN_IDENTITY_MISSING.code)


def _unavailable() -> Transient:
    return Transient("Google's IAM cannot be reached for now.", reason=IAM_UNAVAILABLE)
