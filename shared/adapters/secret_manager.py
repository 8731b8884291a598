"""Google Secret Manager as the store of secrets: one secret a bucket, a version a key."""

import re
from collections.abc import Callable
from functools import cached_property, partial
from typing import TypeVar

import google_crc32c
from google.api_core import exceptions as api
from google.api_core.retry import Retry, if_exception_type
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError, TransportError
from google.cloud.secretmanager_v1 import SecretManagerServiceClient
from requests.exceptions import RequestException

from shared.credentials.secret_names import check_secret
from shared.errors import OurFault, SluiceError, Transient
from shared.logs import keep_payloads_out
from shared.reasons import (
    OWN_IDENTITY_MISSING,
    SECRET_MISSING,
    SECRET_UNREADABLE,
    SECRETS_DENIED,
    SECRETS_UNAVAILABLE,
)

T = TypeVar("T")

# Seconds for one request, and for a read with its repetitions; the queue's turn comes after that.
CALL_S = 10.0
READ_S = 30.0

PASSING = (api.ServerError, api.TooManyRequests, api.RetryError, RequestException, TransportError)


class SecretManager:
    """The secrets port over the secrets of one project; connects on first use.

    It speaks REST: its tests do, and what was tested is what runs.
    """

    def __init__(
        self,
        project: str,
        *,
        test_server: str | None = None,
        call_s: float = CALL_S,
        read_s: float = READ_S,
    ) -> None:
        self._project = project
        self._call_s = call_s
        self._test_server = test_server
        self._retry = Retry(predicate=if_exception_type(*PASSING), initial=0.2, timeout=read_s)
        self._reference = re.compile(
            rf"projects/{re.escape(project)}/secrets/[A-Za-z0-9_-]{{1,255}}/versions/[0-9]{{1,9}}"
        )
        # At DEBUG the client writes whole requests, and here those are keys.
        keep_payloads_out("google.cloud.secretmanager_v1", "google.auth", "google.oauth2")

    def put(self, name: str, value: bytes) -> str:
        """Add a version; a secret that is not there yet is made first."""
        check_secret(name, value)
        parent = f"projects/{self._project}/secrets/{name}"
        payload = {"data": value, "data_crc32c": google_crc32c.value(value)}
        # Not repeated: a version whose answer was lost lies unused, and costs next to nothing.
        add = partial(self._add, {"parent": parent, "payload": payload})
        version = _guarded(add, missing=lambda: "")
        if not version:
            # Only a bucket's first key needs the right to create secrets.
            _guarded(partial(self._create, name))
            version = _guarded(add)
        # Google answers with the project's number; our references name it as we do.
        return f"{parent}/versions/{version.rpartition('/')[2]}"

    def get(self, reference: str) -> bytes:
        """Read a version and check that it arrived whole."""
        if not self._reference.fullmatch(reference):
            raise _missing()
        value, checksum = _guarded(partial(self._access, reference))
        if checksum is not None and checksum != google_crc32c.value(value):
            raise OurFault(
                "A stored secret arrived damaged; give the credentials again if this stays so.",
                reason=SECRET_UNREADABLE,
            )
        return value

    def destroy(self, reference: str) -> None:
        """Destroy a version; one that is gone or destroyed already is left as it is."""
        if self._reference.fullmatch(reference):
            _guarded(partial(self._destroy, reference), missing=lambda: None)

    def _add(self, request: dict[str, object]) -> str:
        answer = self._client.add_secret_version(request=request, retry=None, timeout=self._call_s)
        return str(answer.name)

    def _create(self, name: str) -> None:
        request = {
            "parent": f"projects/{self._project}",
            "secret_id": name,
            "secret": {"replication": {"automatic": {}}},
        }
        try:
            self._client.create_secret(request=request, retry=None, timeout=self._call_s)
        except api.Conflict:
            # Somebody else made it at the same moment, or an answer was lost: it is there.
            return

    def _access(self, reference: str) -> tuple[bytes, int | None]:
        found = self._client.access_secret_version(
            name=reference, retry=self._retry, timeout=self._call_s
        ).payload
        return found.data, found.data_crc32c if "data_crc32c" in found else None

    def _destroy(self, reference: str) -> None:
        self._client.destroy_secret_version(name=reference, retry=self._retry, timeout=self._call_s)

    @cached_property
    def _client(self) -> SecretManagerServiceClient:
        if self._test_server is None:
            return SecretManagerServiceClient(transport="rest")
        return SecretManagerServiceClient(
            transport="rest",
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": self._test_server},
        )


def _guarded(call: Callable[[], T], *, missing: Callable[[], T] | None = None) -> T:
    """Do the call; its errors become ours, and are let go of: they hold the request's body."""
    fault: SluiceError
    try:
        return call()
    except (api.NotFound, api.BadRequest):
        # 400 is the state of a version that was destroyed or disabled: names are checked here.
        if missing is not None:
            return missing()
        fault = _missing()
    except PASSING:
        fault = Transient("Secret Manager cannot be reached for now.", reason=SECRETS_UNAVAILABLE)
    except api.GoogleAPICallError as error:
        fault = OurFault(
            f"Secret Manager refuses this function ({error.code}); check the roles of its service "
            "account.",
            reason=SECRETS_DENIED,
        )
    except GoogleAuthError:
        fault = OurFault(OWN_IDENTITY_MISSING.message, reason=OWN_IDENTITY_MISSING.code)
    raise fault


def _missing() -> OurFault:
    return OurFault(
        "A stored secret is missing; give the credentials again.", reason=SECRET_MISSING
    )
