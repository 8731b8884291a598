"""Who writes a slice: its messages, and the lease with its fencing token."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from shared.domain.runs import RunStatus, SliceStatus
from shared.state import import_leases
from shared.state.leases import unleased, unpublished
from shared.state.slice_rows import Slice
from shared.state.tables import runs, slices


def claim_publishable(
    connection: Connection,
    now: datetime,
    published_before: datetime,
    *,
    lease: timedelta,
    run_id: int | None = None,
) -> list[tuple[int, int, int]]:
    """Mark as published every slice that a worker should hear of: (account, run, slice) triples.

    These are open slices of runs being written that no message named since `published_before`
    and no living lease holds.
    """
    writing = select(runs.c.run_id).where(runs.c.status == str(RunStatus.WRITING))
    if run_id is not None:
        writing = writing.where(runs.c.run_id == run_id)
    statement = (
        update(slices)
        .where(
            slices.c.run_id.in_(writing),
            slices.c.status.in_([str(SliceStatus.PENDING), str(SliceStatus.WRITING)]),
            unpublished(slices, now, published_before),
            unleased(slices, now, lease),
        )
        .values(published_at=now)
        .returning(slices.c.account_id, slices.c.run_id, slices.c.slice_no)
    )
    return sorted(
        (row.account_id, row.run_id, row.slice_no) for row in connection.execute(statement)
    )


def unclaim(connection: Connection, published_at: datetime) -> None:
    """Take back what was claimed at that moment: its messages were not accepted."""
    connection.execute(
        update(slices)
        .where(
            # The index on the status keeps this from reading all that was ever delivered.
            slices.c.status.in_([str(SliceStatus.PENDING), str(SliceStatus.WRITING)]),
            slices.c.published_at == published_at,
        )
        .values(published_at=None)
    )


def take_lease(
    connection: Connection, piece: Slice, *, owner: str, now: datetime, until: datetime
) -> int | None:
    """Take the lease of an open slice; gives the fencing token, or None while it is held."""
    row = connection.execute(
        update(slices)
        .where(
            *this_slice(piece),
            slices.c.status.in_([str(SliceStatus.PENDING), str(SliceStatus.WRITING)]),
            unleased(slices, now, until - now),
        )
        .values(
            status=str(SliceStatus.WRITING),
            attempt=slices.c.attempt + 1,
            lease_until=until,
            lease_owner=owner,
        )
        .returning(slices.c.attempt)
    ).one_or_none()
    return None if row is None else int(row.attempt)


def renew_lease(connection: Connection, piece: Slice, attempt: int, until: datetime) -> bool:
    """Prolong the lease; False when it was taken over or the slice was cancelled."""
    result = connection.execute(
        update(slices)
        .where(
            *this_slice(piece),
            slices.c.status == str(SliceStatus.WRITING),
            slices.c.attempt == attempt,
        )
        .values(lease_until=until)
    )
    return result.rowcount == 1


def release_lease(connection: Connection, piece: Slice, attempt: int, *, reason: str) -> None:
    """Give an unfinished slice back, so that the next message may take it at once."""
    connection.execute(
        update(slices)
        .where(
            *this_slice(piece),
            slices.c.status == str(SliceStatus.WRITING),
            slices.c.attempt == attempt,
        )
        .values(
            status=str(SliceStatus.PENDING),
            lease_until=None,
            lease_owner=None,
            published_at=None,
            error_reason=reason,
        )
    )


def release_owned_by(connection: Connection, owner: str) -> None:
    """Give back every lease of an owner that is known to be dead."""
    gone = {"lease_until": None, "lease_owner": None, "published_at": None}
    connection.execute(update(slices).where(slices.c.lease_owner == owner).values(**gone))
    connection.execute(update(runs).where(runs.c.lease_owner == owner).values(**gone))
    import_leases.release_owned_by(connection, owner)


def lease_owners(connection: Connection) -> list[str]:
    """Everybody who holds a lease on a run, a slice or an import run."""
    held = select(slices.c.lease_owner).where(
        slices.c.lease_owner.is_not(None), slices.c.status == str(SliceStatus.WRITING)
    )
    planning = select(runs.c.lease_owner).where(
        runs.c.lease_owner.is_not(None), runs.c.lease_until.is_not(None)
    )
    importing = import_leases.lease_owners(connection)
    return sorted({*connection.scalars(held), *connection.scalars(planning), *importing})


def this_slice(piece: Slice) -> tuple[Any, ...]:
    """The condition that names the slice's row."""
    return (
        slices.c.account_id == piece.account_id,
        slices.c.run_id == piece.run_id,
        slices.c.slice_no == piece.slice_no,
    )
