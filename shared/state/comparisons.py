"""Comparisons in state: what each replay delivered else than what had been delivered before."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from shared.state import due_work
from shared.state.database import insert_new
from shared.state.tables import comparisons


@dataclass(frozen=True, slots=True)
class StoredComparison:
    """The comparison of one replay; it has no result until it was made."""

    run_id: int
    account_id: int
    due_at: datetime | None
    attempt: int
    failures: int
    compared_at: datetime | None
    result: dict[str, Any] | None


def expect(connection: Connection, account_id: int, run_id: int, now: datetime) -> None:
    """Have the replay compared."""
    row = {"run_id": run_id, "account_id": account_id, "due_at": now, "attempt": 0, "failures": 0}
    insert_new(connection, comparisons, [row])


def get(connection: Connection, account_id: int, run_id: int) -> StoredComparison | None:
    """The comparison of the run; None when it is no replay, or not delivered yet."""
    row = connection.execute(
        select(comparisons).where(
            comparisons.c.account_id == account_id, comparisons.c.run_id == run_id
        )
    ).one_or_none()
    return _stored(row)


def claim(
    connection: Connection, run_id: int, now: datetime, *, lease: timedelta
) -> StoredComparison | None:
    """Claim the comparison of this run, if it is due."""
    return _stored(due_work.claim(connection, comparisons, (run_id,), now, lease=lease))


def claim_next(
    connection: Connection, now: datetime, *, lease: timedelta
) -> StoredComparison | None:
    """Claim the comparison that has been due for longest."""
    return _stored(due_work.claim_next(connection, comparisons, now, lease=lease))


def settle(connection: Connection, claimed: StoredComparison, **values: Any) -> bool:
    """Store what came of a claimed comparison; False when somebody else has taken it over."""
    return due_work.settle(connection, comparisons, (claimed.run_id,), claimed.attempt, **values)


def _stored(row: Row[Any] | None) -> StoredComparison | None:
    if row is None:
        return None
    names = StoredComparison.__dataclass_fields__
    return StoredComparison(**{name: row._mapping[name] for name in names})
