"""The audit log in state: who did what, newest first; entries are added and never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from shared.domain.members import Actor, Via
from shared.state.tables import audit_log


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change, or one run that somebody asked for."""

    entry_id: int
    account_id: int
    at: datetime
    # Who, and what proved it.
    actor: str
    via: Via
    # An operation of the table of operations, and what it was done to.
    action: str
    target: str
    detail: Mapping[str, Any]


def add(
    connection: Connection,
    actor: Actor,
    account_id: int,
    action: str,
    target: str,
    detail: Mapping[str, Any],
    *,
    now: datetime,
) -> None:
    """Add an entry; it stands with the change in one transaction, or neither does."""
    connection.execute(
        insert(audit_log).values(
            account_id=account_id,
            at=now,
            actor=actor.email,
            via=str(actor.via),
            action=action,
            target=target,
            detail=dict(detail),
        )
    )


def list_newest(
    connection: Connection,
    account_id: int,
    *,
    before_id: int | None,
    limit: int,
    action: str | None = None,
    actor: str | None = None,
) -> list[AuditEntry]:
    """Entries of the account older than `before_id`, newest first."""
    columns = audit_log.c
    statement = select(audit_log).where(columns.account_id == account_id)
    if before_id is not None:
        statement = statement.where(columns.entry_id < before_id)
    if action is not None:
        statement = statement.where(columns.action == action)
    if actor is not None:
        statement = statement.where(columns.actor == actor)
    rows = connection.execute(statement.order_by(columns.entry_id.desc()).limit(limit))
    return [
        AuditEntry(
            entry_id=row.entry_id,
            account_id=row.account_id,
            at=row.at,
            actor=row.actor,
            via=Via(row.via),
            action=row.action,
            target=row.target,
            detail=row.detail,
        )
        for row in rows
    ]
