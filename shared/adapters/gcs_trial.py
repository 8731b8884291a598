"""Tries a bucket of Cloud Storage: the token, the bucket, the rights, and its own settings."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from google.api_core.exceptions import Forbidden, Unauthorized
from google.auth.exceptions import GoogleAuthError
from google.cloud.storage import Bucket

from shared import reasons
from shared.adapters.gcs_errors import told
from shared.domain.bucket_steps import Part, Trial
from shared.errors import CustomerFault

CREATE, GET, LOOK = "storage.objects.create", "storage.objects.get", "storage.buckets.get"


def try_out(
    granted: Callable[[Iterable[str]], set[str] | None], reload: Callable[[], Bucket]
) -> Trial:
    """What is found; `granted` asks for rights, `reload` gives the bucket with its settings.

    Raises Transient when that cannot be told for now.
    """
    try:
        rights = granted((CREATE, GET, LOOK))
    except CustomerFault as fault:
        # Without a token nothing is known of the bucket, though both are said as 403.
        refused = isinstance(fault.__cause__, GoogleAuthError | Unauthorized)
        if isinstance(fault.__cause__, Forbidden) and CREATE in told(fault.__cause__):
            return _may_not_create()
        return Trial(failed_at=Part.TOKEN if refused else Part.BUCKET, fault=fault)
    if rights is not None and CREATE not in rights:
        return _may_not_create()
    may_read = None if rights is None else GET in rights
    may_create = None if rights is None else True
    if rights is not None and LOOK not in rights:
        return Trial(may_create=may_create, may_read=may_read)
    try:
        bucket = reload()
    except CustomerFault:
        # The right was taken away meanwhile; it is not needed.
        return Trial(may_create=may_create, may_read=may_read)
    seconds = bucket.retention_period
    return Trial(
        may_create=may_create,
        may_read=may_read,
        location=bucket.location or "unknown",
        retention=None if seconds is None else timedelta(seconds=int(seconds)),
        retention_locked=bool(bucket.retention_policy_locked),
    )


def _may_not_create() -> Trial:
    missing = reasons.CREATE_NOT_GRANTED
    denied = CustomerFault(missing.message, reason=missing.code)
    return Trial(failed_at=Part.CREATE, fault=denied, may_create=False)
