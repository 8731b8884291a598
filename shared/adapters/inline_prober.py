"""Tries buckets in this process, which may read their credentials, and gives up in time."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as OutOfTime
from contextvars import copy_context

from shared.domain.bucket_access import Access
from shared.domain.bucket_steps import Part, Trial
from shared.errors import CustomerFault, Transient
from shared.ports import Bucket
from shared.reasons import PROBE_TOO_SLOW

# Whoever pressed a button gets an answer before ten have passed.
SECONDS = 8.0


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
        """Open the bucket and try it, in a thread of its own that nobody waits for in vain."""

        def open_it() -> Bucket:
            if access is None:
                return self._saved(account_id, url)
            return self._given(account_id, url, access)

        found: Future[Trial] = Future()
        context = copy_context()
        # Deadlines of single requests do not bound a server that sends a byte now and then.
        threading.Thread(
            target=lambda: context.run(_try, open_it, found), name="probe", daemon=True
        ).start()
        try:
            return found.result(self._seconds)
        except OutOfTime:
            raise Transient(PROBE_TOO_SLOW.message, reason=PROBE_TOO_SLOW.code) from None


def _try(open_it: Callable[[], Bucket], found: "Future[Trial]") -> None:
    try:
        found.set_result(_trial(open_it))
    except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
        found.set_exception(error)


def _trial(open_it: Callable[[], Bucket]) -> Trial:
    try:
        bucket = open_it()
    except CustomerFault as fault:
        # Whose service account it is could not be told, or it does not let us act for it.
        return Trial(failed_at=Part.CREDENTIALS, fault=fault)
    return bucket.try_out()
