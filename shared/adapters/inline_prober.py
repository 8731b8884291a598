"""Tries buckets in this process, which may read their credentials, and gives up in time."""

from collections.abc import Callable

from shared.adapters.in_time import SECONDS, in_time
from shared.adapters.left_object import leave_object
from shared.domain.bucket_access import Access
from shared.domain.bucket_steps import Part, Trial
from shared.errors import CustomerFault
from shared.ports import Bucket


class InlineProber:
    """The prober port over the buckets of this process.

    `saved` opens a bucket with what state and the store of secrets hold, `given` with credentials
    that are not saved yet.
    """

    def __init__(
        self,
        saved: Callable[[int, str], Bucket],
        given: Callable[[int, str, Access], Bucket],
        *,
        seconds: float = SECONDS,
    ) -> None:
        self._saved = saved
        self._given = given
        self._seconds = seconds

    def probe(self, account_id: int, url: str, access: Access | None = None) -> Trial:
        """Open the bucket and try it."""

        def open_it() -> Bucket:
            if access is None:
                return self._saved(account_id, url)
            return self._given(account_id, url, access)

        return in_time(lambda: _trial(open_it), self._seconds)

    def leave(self, account_id: int, url: str, name: str) -> Trial:
        """Open the bucket as it is saved, try it, and put the object there."""
        return in_time(
            lambda: _trial(lambda: self._saved(account_id, url), leave=name), self._seconds
        )


def _trial(open_it: Callable[[], Bucket], *, leave: str | None = None) -> Trial:
    try:
        bucket = open_it()
    except CustomerFault as fault:
        # Whose service account it is could not be told, or it does not let us act for it.
        return Trial(failed_at=Part.CREDENTIALS, fault=fault)
    trial = bucket.try_out()
    return trial if leave is None else leave_object(bucket, trial, leave)
