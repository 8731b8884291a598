"""Who works on an import run: its messages, and the lease with its fencing token."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, exists, select, update
from sqlalchemy.sql.elements import ColumnElement

from shared.domain.import_states import OPEN_RUN
from shared.state.import_runs import ImportRun
from shared.state.leases import unleased, unpublished
from shared.state.tables import import_runs

_OPEN = [str(status) for status in OPEN_RUN]
# Made once: an alias of so many columns costs more than all else of its statement.
_EARLIER = import_runs.alias("earlier")


def claim_publishable(
    connection: Connection,
    now: datetime,
    published_before: datetime,
    *,
    lease: timedelta,
    only: tuple[int, int] | None = None,
) -> list[tuple[int, int]]:
    """Mark as published every run that the importer should hear of; gives (account, run) pairs.

    These are due runs that no message named since `published_before`, that no living lease holds
    and before which no other run of the import is open. `only` is the one that somebody asks for.
    """
    asked = (
        ()
        if only is None
        else (import_runs.c.account_id == only[0], import_runs.c.run_id == only[1])
    )
    statement = (
        update(import_runs)
        .where(
            import_runs.c.status.in_(_OPEN),
            import_runs.c.due_at <= now,
            unpublished(import_runs, now, published_before),
            unleased(import_runs, now, lease),
            _is_first(),
            *asked,
        )
        .values(published_at=now)
        .returning(import_runs.c.account_id, import_runs.c.run_id)
    )
    return sorted((row.account_id, row.run_id) for row in connection.execute(statement))


def unclaim(connection: Connection, published_at: datetime) -> None:
    """Take back what was claimed at that moment: its messages were not accepted."""
    connection.execute(
        update(import_runs)
        .where(import_runs.c.status.in_(_OPEN), import_runs.c.published_at == published_at)
        .values(published_at=None)
    )


def take_lease(
    connection: Connection, run: ImportRun, *, owner: str, now: datetime, until: datetime
) -> int | None:
    """Take the run's lease; gives the fencing token, or None while somebody holds it.

    None also while an earlier run of the import is open: runs of one import never overlap.
    """
    row = connection.execute(
        update(import_runs)
        .where(
            import_runs.c.account_id == run.account_id,
            import_runs.c.run_id == run.run_id,
            import_runs.c.status.in_(_OPEN),
            unleased(import_runs, now, until - now),
            _is_first(),
        )
        .values(
            attempt=import_runs.c.attempt + 1,
            failures=import_runs.c.failures + 1,
            lease_until=until,
            lease_owner=owner,
        )
        .returning(import_runs.c.attempt)
    ).one_or_none()
    return None if row is None else int(row.attempt)


def renew_lease(connection: Connection, run: ImportRun, attempt: int, until: datetime) -> bool:
    """Hold the run longer; False when it was stopped, or another importer took it over."""
    result = connection.execute(
        update(import_runs)
        .where(
            import_runs.c.account_id == run.account_id,
            import_runs.c.run_id == run.run_id,
            import_runs.c.status.in_(_OPEN),
            import_runs.c.attempt == attempt,
        )
        .values(lease_until=until)
    )
    return result.rowcount == 1


def release_lease(connection: Connection, run: ImportRun, attempt: int, *, failed: bool) -> None:
    """Give the lease back, if it still is this attempt's."""
    values: dict[str, Any] = {"lease_until": None, "lease_owner": None, "published_at": None}
    connection.execute(
        update(import_runs)
        .where(
            import_runs.c.account_id == run.account_id,
            import_runs.c.run_id == run.run_id,
            import_runs.c.attempt == attempt,
        )
        .values(**values if failed else {**values, "failures": 0})
    )


def stuck(
    connection: Connection, now: datetime, due_before: datetime, *, lease: timedelta, limit: int
) -> list[tuple[int, int]]:
    """(account, run) of those that were due by then, have not ended, and that nobody works on.

    Those that wait for an earlier run of their import are left out.
    """
    rows = connection.execute(
        select(import_runs.c.account_id, import_runs.c.run_id)
        .where(
            import_runs.c.status.in_(_OPEN),
            import_runs.c.due_at <= due_before,
            unleased(import_runs, now, lease),
            _is_first(),
        )
        .order_by(import_runs.c.due_at, import_runs.c.run_id)
        .limit(limit)
    )
    return [(row.account_id, row.run_id) for row in rows]


def lease_owners(connection: Connection) -> set[str]:
    """Everybody who holds a lease of an import run."""
    rows = connection.execute(
        select(import_runs.c.lease_owner)
        .distinct()
        .where(import_runs.c.status.in_(_OPEN), import_runs.c.lease_owner.is_not(None))
    )
    return {str(row.lease_owner) for row in rows}


def release_owned_by(connection: Connection, owner: str) -> None:
    """Free the leases of an owner that is known to be dead."""
    connection.execute(
        update(import_runs)
        .where(import_runs.c.status.in_(_OPEN), import_runs.c.lease_owner == owner)
        .values(lease_until=None, lease_owner=None, published_at=None)
    )


def _is_first() -> ColumnElement[bool]:
    """No earlier run of the same import is open."""
    return ~exists().where(
        _EARLIER.c.account_id == import_runs.c.account_id,
        _EARLIER.c.import_id == import_runs.c.import_id,
        _EARLIER.c.run_id < import_runs.c.run_id,
        _EARLIER.c.status.in_(_OPEN),
    )
