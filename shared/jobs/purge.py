"""Forgets what has served its time; never an export, a run, a file or what proves a delivery."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from shared.jobs.services import Services
from shared.logs import log
from shared.state import old_rows


def purge(services: Services, now: datetime) -> dict[str, int]:
    """Remove old rows, a few thousand by a transaction; gives how many of each kind.

    What is left is removed by the next look.
    """
    watching = services.watching
    wanted = {
        "idempotency_keys": now - watching.keep_requests,
        "rates": now - watching.keep_rates,
        "audit_log": now - watching.keep_audit,
        "dead_letters": now - watching.keep_dead_letters,
        "webhook_messages": now - watching.keep_webhook_messages,
        "import_rejects": now - watching.keep_import_rejects,
    }
    removed = {
        table: _all(services, partial(old_rows.remove, name=table, before=before))
        for table, before in wanted.items()
    }
    if any(removed.values()):
        log("purged", rows=removed)
    return removed


def _all(services: Services, remove: Callable[..., int]) -> int:
    watching, total = services.watching, 0

    def some(connection: Connection) -> int:
        return remove(connection, limit=watching.purge_at_once)

    while total < watching.purge_max:
        number = services.database.run(some)
        total += number
        if number < watching.purge_at_once:
            break
    return total
