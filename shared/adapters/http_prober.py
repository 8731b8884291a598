"""Asks the function `prober`, which alone may read credentials that the caller may not."""

import threading
from collections.abc import Callable
from typing import TypeVar

import requests
from google.auth.credentials import Credentials
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
from google.auth.transport.requests import Request
from google.oauth2.id_token import fetch_id_token_credentials

from shared.domain.bucket_access import Access
from shared.domain.bucket_steps import Trial
from shared.domain.told_trials import Question, question_text, trial_of
from shared.errors import InvalidInput, OurFault, SluiceError, Transient
from shared.reasons import (
    CATALOGUE,
    OWN_IDENTITY_MISSING,
    PROBER_DENIED,
    PROBER_UNAVAILABLE,
    Blame,
)
from shared.tracing import TRACEPARENT, outgoing

T = TypeVar("T")

# Seconds: the prober itself answers within nine; together they stay below fifteen.
CONNECT_S, ANSWER_S = 3.0, 11.5
ANSWER_BYTES_MAX = 10_000


def own_identity(audience: str) -> Credentials:
    """Proves to the service at this address who this process is."""
    credentials: Credentials = fetch_id_token_credentials(audience, request=Request())
    return credentials


class HttpProber:
    """The prober port over the function at `url`; its address is the audience of our token."""

    def __init__(
        self,
        url: str,
        *,
        identity: Callable[[str], Credentials] = own_identity,
        answer_s: float = ANSWER_S,
    ) -> None:
        self._url = url
        self._identity = identity
        self._answer_s = answer_s
        self._lock = threading.Lock()
        self._credentials: Credentials | None = None

    def probe(self, account_id: int, url: str, access: Access | None = None) -> Trial:
        """Send the question; raises Transient, or what the prober itself has raised."""
        return self._asked(Question(account_id, url, access))

    def leave(self, account_id: int, url: str, name: str) -> Trial:
        """Send the question with the name of the object; raises as `probe` does."""
        return self._asked(Question(account_id, url, leave=name))

    def _asked(self, question: Question) -> Trial:
        content = self.ask("", question_text(question), bytes_max=ANSWER_BYTES_MAX)
        return understood(lambda: trial_of(content))

    def ask(self, path: str, text: str, *, bytes_max: int, answer_s: float | None = None) -> bytes:
        """What is answered at a path of the function, as soon as a trial is unless told else.

        Raises what `probe` does.
        """
        answer = self._post(path, text, self._token(), answer_s or self._answer_s)
        content = answer.content[:bytes_max]
        if answer.status_code == 200:
            return content
        raise _fault_of(answer.status_code, content)

    def _post(self, path: str, text: str, token: str, answer_s: float) -> requests.Response:
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            TRACEPARENT: outgoing(),
        }
        fault: SluiceError
        try:
            return requests.post(
                self._url.rstrip("/") + path if path else self._url,
                data=text,
                headers=headers,
                timeout=(CONNECT_S, answer_s),
                allow_redirects=False,
            )
        except requests.RequestException:
            fault = _unavailable()
        # Its own error holds the request, and with it the token.
        raise fault

    def _token(self) -> str:
        """A token for the prober, which lives for an hour."""
        fault: SluiceError
        try:
            with self._lock:
                if self._credentials is None:
                    self._credentials = self._identity(self._url)
                if not self._credentials.valid:
                    self._credentials.refresh(Request())
                return str(self._credentials.token)
        except DefaultCredentialsError:
            fault = OurFault(OWN_IDENTITY_MISSING.message, reason=OWN_IDENTITY_MISSING.code)
        except GoogleAuthError:
            fault = _unavailable()
        raise fault


def understood(read: Callable[[], T]) -> T:
    """What the answer says; one that is none of ours is as good as none."""
    try:
        return read()
    except InvalidInput:
        raise _unavailable() from None


def _fault_of(status: int, content: bytes) -> SluiceError:
    """What a refusal means: the prober says a code, what stands before it says a page."""
    code = content.decode("ascii", "replace")
    if status in (401, 403, 404):
        return OurFault(PROBER_DENIED.message, reason=PROBER_DENIED.code)
    if code not in CATALOGUE:
        return _unavailable()
    known = CATALOGUE[code]
    if status == 400:
        return InvalidInput(known.message, reason=code)
    kind = OurFault if known.blame is Blame.OURS else Transient
    return kind(known.message, reason=code)


def _unavailable() -> Transient:
    return Transient(PROBER_UNAVAILABLE.message, reason=PROBER_UNAVAILABLE.code)
