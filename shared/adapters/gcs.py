"""A customer's bucket in Cloud Storage: objects are created, looked at and read, nothing else."""

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO
from urllib.parse import quote

import requests
from google.api_core.exceptions import Forbidden, GoogleAPICallError, NotFound
from google.auth.credentials import Credentials, with_scopes_if_required
from google.auth.transport.requests import AuthorizedSession, Request
from google.cloud.storage import Blob, Client
from google.cloud.storage import Bucket as GoogleBucket
from requests.adapters import BaseAdapter
from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from shared import reasons
from shared.adapters.gcs_errors import error_of, fault_of, name_is_taken, translated
from shared.adapters.gcs_patience import PATIENCE, Patience
from shared.adapters.gcs_reader import open_blob
from shared.adapters.gcs_trial import CREATE, GET, try_out
from shared.adapters.gcs_upload import GcsSpool, Upload, content_type
from shared.adapters.present_object import differs, repacked
from shared.domain.bucket_steps import Trial
from shared.errors import CustomerFault, Transient
from shared.formats.files import Spool
from shared.ports import Created, Repacked

SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"


def open_gcs(
    name: str,
    credentials: Credentials | None,
    *,
    patience: Patience = PATIENCE,
    transport: BaseAdapter | None = None,
) -> "GcsBucket":
    """The bucket with these credentials; None is nobody, for a server of the tests.

    Connects on first use. STORAGE_EMULATOR_HOST names another server, as for the client library;
    a `transport` answers in place of all servers.
    """
    if credentials is None:
        client = Client.create_anonymous_client()
    else:
        session = AuthorizedSession(
            with_scopes_if_required(credentials, [SCOPE]),
            refresh_timeout=patience.answer_s,
            auth_request=None if transport is None else Request(_mounted(transport)),
        )
        if transport is not None:
            _mounted(transport, session)
        client = Client(project=None, credentials=session.credentials, _http=session)
    # It would ask for the bucket's settings in a thread of its own, to describe traces.
    client._bucket_metadata_cache = None
    return GcsBucket(client, name, patience=patience)


def _mounted(transport: BaseAdapter, session: requests.Session | None = None) -> requests.Session:
    """The session, or a new one, with a transport that answers whatever it asks for."""
    through = session or requests.Session()
    for scheme in ("https://", "http://"):
        through.mount(scheme, transport)
    return through


class GcsBucket:
    """The bucket port over one bucket of Cloud Storage."""

    def __init__(self, client: Client, name: str, *, patience: Patience = PATIENCE) -> None:
        self._bucket = client.bucket(name)
        self._session: requests.Session = client._http
        self._upload_url = (
            f"{client.api_endpoint}/upload/storage/v1/b/{quote(name, safe='')}/o"
            "?uploadType=multipart&ifGenerationMatch=0"
        )
        self._patience = patience
        self._timeout = (patience.connect_s, patience.answer_s)

    def check(self) -> None:
        """Raise CustomerFault when the token, the bucket or the right to create is missing."""
        granted = self.granted([CREATE])
        if granted is not None and CREATE not in granted:
            missing = reasons.CREATE_NOT_GRANTED
            raise CustomerFault(missing.message, reason=missing.code)

    def granted(self, permissions: Iterable[str] = (CREATE, GET)) -> set[str] | None:
        """Which of these are granted; None when the bucket is there and does not tell."""
        with translated():
            try:
                return set(
                    self._bucket.test_iam_permissions(
                        list(permissions), timeout=self._timeout, retry=None
                    )
                )
            except NotFound:
                # Either the bucket is missing or its server does not know this question.
                self._bucket.reload(timeout=self._timeout, retry=None)
                return None

    def try_out(self) -> Trial:
        """What each step shows; changes nothing. Raises Transient."""
        return try_out(self.granted, self._settings)

    def open_spool(self) -> Spool:
        """Room for one object; most of it is on this machine's disk."""
        return GcsSpool()

    def create(
        self, name: str, spool: Spool, *, crc32c: str, size: int, metadata: Mapping[str, str]
    ) -> Created | Repacked:
        """Upload the spool under its final name if nothing has it; the server checks the CRC32C.

        After a lost answer the very same request is repeated: either it creates the object, or it
        is told that the name is taken, and then what lies there is compared.
        """
        if not isinstance(spool, GcsSpool):
            raise TypeError("Cloud Storage creates objects from its own spools only")
        resource = {
            "name": name,
            "crc32c": crc32c,
            "contentType": content_type(name),
            "metadata": dict(metadata),
        }
        return self._tries()(self._create_once, resource, spool)

    def open(self, name: str) -> BinaryIO:
        """Read an object back in pieces; raises FileNotFoundError."""
        blob = self._tries()(self._looked, name)
        if blob is None:
            raise FileNotFoundError(name)
        return self._reader(blob)

    def _tries(self) -> Retrying:
        """All tries of one call; a lease outlives them."""
        patience = self._patience
        return Retrying(
            retry=retry_if_exception(_may_pass),
            stop=stop_after_attempt(patience.tries) | stop_after_delay(patience.retry_s),
            wait=wait_random_exponential(patience.pause_s, 10 * patience.pause_s),
            reraise=True,
        )

    def _reader(self, blob: Blob) -> BinaryIO:
        patience = self._patience
        return open_blob(blob, self._timeout, pause_s=patience.pause_s, retry_s=patience.answer_s)

    def _looked(self, name: str) -> Blob | None:
        with translated():
            return self._look(name)

    def _create_once(self, resource: Mapping[str, Any], spool: GcsSpool) -> Created | Repacked:
        upload = Upload(resource, spool, self._patience.upload_s)
        with translated():
            # The only place that writes to Cloud Storage. The condition makes the second attempt
            # harmless: the server refuses it when the name is taken.
            answer = self._session.post(
                self._upload_url,
                data=upload,
                headers=upload.headers,
                timeout=self._timeout,
                allow_redirects=False,
            )
            stored = answer.json() if answer.status_code == 200 else None
        if stored is None:
            return self._refused(error_of(answer), resource, spool)
        if (stored.get("crc32c"), int(stored.get("size", -1))) != (resource["crc32c"], spool.size):
            raise differs(resource["name"])
        return Created.NEW

    def _refused(
        self, error: GoogleAPICallError, resource: Mapping[str, Any], spool: GcsSpool
    ) -> Created | Repacked:
        """Look and compare, if it was refused because the name is taken."""
        if not name_is_taken(error):
            raise fault_of(error) from error
        with translated():
            try:
                blob = self._look(resource["name"])
            except Forbidden as denied:
                # Nobody can tell now whether it is ours; that alone fails no delivery.
                unseen = reasons.LOOK_DENIED
                raise Transient(unseen.message, reason=unseen.code) from denied
        if blob is None:
            # It has gone again, or the refusal meant something else.
            raise fault_of(error) from error
        if (blob.crc32c, blob.size) == (resource["crc32c"], spool.size):
            return Created.FOUND
        with self._reader(blob) as theirs:
            same = repacked(spool.file, theirs)
        if same is None:
            raise differs(resource["name"])
        return same

    def _settings(self) -> GoogleBucket:
        with translated():
            self._bucket.reload(timeout=self._timeout, retry=None)
        return self._bucket

    def _look(self, name: str) -> Blob | None:
        """What lies under the name; None when nothing does."""
        blob = self._bucket.blob(name)
        try:
            blob.reload(timeout=self._timeout, retry=None)
        except NotFound:
            return None
        return blob


def _may_pass(error: BaseException) -> bool:
    """Whether the same request may do better in a moment; a right is not granted in one."""
    return isinstance(error, Transient) and error.reason != reasons.LOOK_DENIED.code
