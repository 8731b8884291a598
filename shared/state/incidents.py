"""Incidents in state: one open an export, continued by each failure, closed once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from shared.domain.incidents import Ending, Incident
from shared.state.database import insert_new
from shared.state.run_rows import Run
from shared.state.tables import exports, incidents

# What people read of a failure; a longer message would only fill the table.
MESSAGE_CHARS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an export cannot deliver: what a run or a probe has met."""

    account_id: int
    export_id: int
    bucket: str
    reason: str
    message: str
    at: datetime
    run_id: int | None = None


def open_or_continue(connection: Connection, failure: Failure, now: datetime) -> bool:
    """Open an incident of the export, or note the failure in the open one; True when it is new.

    The unique index lets one of two monitors open it. A failure that is known changes nothing.
    """
    said = {
        "reason": failure.reason,
        "message": failure.message[:MESSAGE_CHARS_MAX],
        "run_id": failure.run_id,
        "failed_at": failure.at,
    }
    row = {
        "account_id": failure.account_id,
        "export_id": failure.export_id,
        "bucket": failure.bucket,
        "opened_at": now,
        **said,
    }
    if insert_new(connection, incidents, [row], incidents.c.incident_id):
        return True
    connection.execute(
        update(incidents)
        .where(
            incidents.c.account_id == failure.account_id,
            incidents.c.export_id == failure.export_id,
            incidents.c.closed_at.is_(None),
            incidents.c.bucket == failure.bucket,
            incidents.c.failed_at < failure.at,
        )
        .values(**said)
    )
    return False


def list_open(connection: Connection, account_id: int | None = None) -> list[Incident]:
    """Open incidents of the account or of all accounts, in the order of their ids."""
    statement = select(incidents).where(incidents.c.closed_at.is_(None))
    if account_id is not None:
        statement = statement.where(incidents.c.account_id == account_id)
    rows = connection.execute(statement.order_by(incidents.c.incident_id))
    return [incident_of_row(row) for row in rows]


def hold(connection: Connection, ids: Collection[int]) -> list[Incident]:
    """Those of the incidents that are still open, locked until the transaction ends."""
    rows = connection.execute(
        select(incidents)
        .where(incidents.c.incident_id.in_(ids), incidents.c.closed_at.is_(None))
        .order_by(incidents.c.incident_id)
        .with_for_update()
    )
    return [incident_of_row(row) for row in rows]


def hold_of(connection: Connection, account_id: int, export_id: int) -> Incident | None:
    """The open incident of the export, locked until the transaction ends."""
    known = open_of(connection, account_id, [export_id])
    held = hold(connection, [each.incident_id for each in known.values()])
    return held[0] if held else None


def set_trial(
    connection: Connection, incident: Incident, run_id: int | None, now: datetime
) -> bool:
    """Let this run try whether access works again; False when the incident was closed."""
    return _change(connection, incident, trial_run_id=run_id, trial_at=now)


def follow_trial(connection: Connection, run: Run, taken_by: int) -> None:
    """Let the run that took the place of a trial be the trial."""
    connection.execute(
        update(incidents)
        .where(
            incidents.c.account_id == run.account_id,
            incidents.c.export_id == run.export_id,
            incidents.c.closed_at.is_(None),
            incidents.c.trial_run_id == run.run_id,
        )
        .values(trial_run_id=taken_by)
    )


def close(connection: Connection, incident: Incident, ending: Ending, now: datetime) -> bool:
    """End the series; False when it had ended."""
    return _change(connection, incident, closed_at=now, ending=str(ending))


def get(connection: Connection, account_id: int, incident_id: int) -> Incident | None:
    """The incident, or None when the account has none of this id."""
    row = connection.execute(
        select(incidents).where(
            incidents.c.account_id == account_id, incidents.c.incident_id == incident_id
        )
    ).one_or_none()
    return None if row is None else incident_of_row(row)


def open_of(
    connection: Connection, account_id: int, export_ids: Sequence[int]
) -> dict[int, Incident]:
    """The open incidents of these exports of the account, by export."""
    if not export_ids:
        return {}
    rows = connection.execute(
        select(incidents).where(
            incidents.c.account_id == account_id,
            incidents.c.export_id.in_(export_ids),
            incidents.c.closed_at.is_(None),
        )
    )
    return {row.export_id: incident_of_row(row) for row in rows}


def makers(
    connection: Connection, ids: Collection[int]
) -> dict[int, tuple[str | None, str | None]]:
    """Who made the export of each incident, and the name under which a file declares it."""
    rows = connection.execute(
        select(incidents.c.incident_id, exports.c.created_by, exports.c.name)
        .join(exports, exports.c.export_id == incidents.c.export_id)
        .where(incidents.c.incident_id.in_(ids))
    )
    return {row.incident_id: (row.created_by, row.name) for row in rows}


def page(
    connection: Connection,
    account_id: int,
    *,
    export_id: int | None = None,
    before: int | None,
    limit: int,
) -> list[Incident]:
    """Up to `limit` incidents of the account, newest first, older than `before`."""
    conditions = [incidents.c.account_id == account_id]
    if export_id is not None:
        conditions.append(incidents.c.export_id == export_id)
    if before is not None:
        conditions.append(incidents.c.incident_id < before)
    rows = connection.execute(
        select(incidents).where(*conditions).order_by(incidents.c.incident_id.desc()).limit(limit)
    )
    return [incident_of_row(row) for row in rows]


def _change(connection: Connection, incident: Incident, **values: Any) -> bool:
    changed = connection.execute(
        update(incidents)
        .where(
            incidents.c.account_id == incident.account_id,
            incidents.c.incident_id == incident.incident_id,
            incidents.c.closed_at.is_(None),
        )
        .values(**values)
    )
    return changed.rowcount == 1


def incident_of_row(row: Row[Any]) -> Incident:
    """The incident in a row that has all its columns."""
    values = {name: row._mapping[name] for name in Incident.__dataclass_fields__}
    ending = values.pop("ending")
    return Incident(**values, ending=None if ending is None else Ending(ending))
