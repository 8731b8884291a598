"""Finds an import, tells where it stands, and writes down what was done to it."""

from datetime import datetime

from sqlalchemy import Connection

from shared.domain.import_states import ImportStatus, shown_status
from shared.domain.members import Actor
from shared.errors import NotFound
from shared.jobs.audit import record_audit
from shared.jobs.services import Services
from shared.state import import_runs, imports
from shared.state.imports import Import


def import_of(services: Services, account_id: int, import_id: int) -> Import:
    """The import; raises NotFound when the account has none of this id."""
    found = services.database.run(lambda c: imports.get(c, account_id, import_id))
    if found is None:
        raise missing_import(account_id, import_id)
    return found


def status_of(services: Services, found: Import) -> ImportStatus:
    """The status for people, Running while a run is open."""
    ids = [found.import_id]
    running = services.database.run(lambda c: import_runs.open_imports(c, found.account_id, ids))
    return shown_status(found.status, is_running=bool(running))


def record_import(
    connection: Connection,
    actor: Actor,
    action: str,
    found: Import,
    detail: dict[str, object],
    now: datetime,
) -> None:
    """An entry of the audit log, in the transaction of the change."""
    shown = {"nickname": found.spec.nickname} | detail
    target = str(found.import_id)
    record_audit(connection, actor, found.account_id, action, target, shown, now=now)


def missing_import(account_id: int, import_id: int) -> NotFound:
    """The account has no such import."""
    return NotFound(
        f"The account {account_id} has no import {import_id}; look at the list of its imports."
    )
