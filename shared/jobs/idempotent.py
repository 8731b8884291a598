"""Makes a request repeatable: whoever sends it again under the same id gets the first result."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from shared.domain.members import Actor
from shared.errors import Conflict, InvalidInput, SluiceError
from shared.jobs.services import Services
from shared.state import idempotency
from shared.state.idempotency import Claim, RequestKey

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")
# A sender that has not asked again within a day will not.
KEPT = timedelta(days=1)
# Raised when nobody can say whether the database kept what was done.
UNKNOWN = "commit-unknown"


def idempotent(
    services: Services,
    account_id: int,
    actor: Actor,
    request_id: str | None,
    fingerprint: str,
    do: Callable[[], Any],
) -> Any:
    """Do it once for each id of a request; without an id just do it.

    The result is JSON and is kept for a day, so that it must hold no secret.

    The same id with another body (another fingerprint) is a Conflict, and so is one that is under
    way, or of which nobody knows how it ended: it is never done twice. When it fails, nothing was
    changed, and it may be sent again.
    """
    if request_id is None:
        return do()
    if not _REQUEST_ID.fullmatch(request_id):
        raise InvalidInput(
            "A request_id has 1 to 100 letters, digits or characters of '._:-'.",
            reason="bad-request-id",
        )
    key = RequestKey(account_id, actor.email, request_id)
    earlier = _claimed(services, key, fingerprint)
    if earlier is not None:
        return _first_result(earlier, fingerprint)
    try:
        result = do()
    except SluiceError as error:
        if error.reason != UNKNOWN:
            services.database.run(lambda c: idempotency.release(c, key))
        raise
    services.database.run(lambda c: idempotency.set_result(c, key, result))
    return result


def _claimed(services: Services, key: RequestKey, fingerprint: str) -> Claim | None:
    """None when this request is ours to do; else what is known of it."""
    now = services.clock()

    def claim(connection: Connection) -> Claim | None:
        idempotency.forget_before(connection, key.account_id, now - KEPT)
        # The row is what makes a second request with this id harmless.
        if idempotency.claim(connection, key, fingerprint, now):
            return None
        return idempotency.get(connection, key)

    return services.database.run(claim)


def _first_result(earlier: Claim, fingerprint: str) -> Any:
    if earlier.fingerprint != fingerprint:
        raise Conflict(
            "This request_id was used for another request; choose a new one.",
            reason="request-id-reused",
        )
    if earlier.result is None:
        raise Conflict(
            "The first request with this request_id has not ended, or was cut off; look whether "
            "it took place, and choose a new request_id if it did not.",
            reason="request-under-way",
        )
    return earlier.result
