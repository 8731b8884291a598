"""Customers' buckets, by their addresses."""

import os
from typing import TYPE_CHECKING

from shared.bootstrap.credentials import google_credentials
from shared.credentials.kinds import Credential
from shared.domain.cloud_names import BUCKET_SCHEME, bucket_name
from shared.errors import CustomerFault
from shared.ports import Bucket
from shared.reasons import BUCKET_NOT_SAVED

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

    from shared.adapters.iam import Iam


def open_bucket(
    url: str,
    credential: Credential = None,
    *,
    iam: "Iam | None" = None,
    brief: bool = False,
    transport: "BaseAdapter | None" = None,
) -> Bucket:
    """The bucket at an address; raises InvalidInput for an address of no known kind.

    `brief` is for whoever only tries it while somebody waits for the answer. Credentials are put
    together, and ownership is proven, in front of a test server of Cloud Storage too, which is
    then shown neither.
    """
    if not url.startswith(BUCKET_SCHEME):
        from shared.adapters.folder import FolderBucket, path_of

        return FolderBucket(path_of(url))
    name = bucket_name(url)
    emulated = transport is None and bool(os.environ.get("STORAGE_EMULATOR_HOST"))
    google = google_credentials(credential, iam)
    if google is None and not emulated:
        # Our own credentials, which the client would find by itself, must never stand in.
        raise CustomerFault(
            f"Sluice has no credentials for {url}; save the bucket with the key of a service "
            "account, or with a service account to act as.",
            reason=BUCKET_NOT_SAVED,
        )
    from shared.adapters.gcs import open_gcs
    from shared.adapters.gcs_patience import BRIEF, PATIENCE

    patience = BRIEF if brief else PATIENCE
    return open_gcs(name, None if emulated else google, patience=patience, transport=transport)
