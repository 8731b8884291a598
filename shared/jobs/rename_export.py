"""Gives an export another name, at any time: a name is what people and files call it."""

from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from shared.domain.edits import checked_name
from shared.domain.members import COMMAND_LINE, Actor, require
from shared.jobs.audit import record_audit
from shared.jobs.lookup import existing_export, export_of
from shared.jobs.services import Services
from shared.state import exports
from shared.state.exports import Export


def rename_export(
    services: Services,
    account_id: int,
    export_id: int,
    name: str | None,
    *,
    actor: Actor = COMMAND_LINE,
) -> Export:
    """Let the export be called so; None takes its name away. Nothing that it delivers changes.

    A file that declares exports finds this one by its new name from then on. Raises Conflict when
    another export of the account has the name.
    """
    require(actor, "exports.edit")
    wanted = None if name is None else checked_name(name)
    now = services.clock()
    try:
        services.database.run(lambda c: _store(c, actor, account_id, export_id, wanted, now))
    except IntegrityError as error:
        # Somebody else gave it to another export at the same moment.
        raise exports.name_taken(str(wanted)) from error
    return export_of(services, account_id, export_id)


def _store(
    connection: Connection,
    actor: Actor,
    account_id: int,
    export_id: int,
    name: str | None,
    now: datetime,
) -> None:
    before = existing_export(connection, account_id, export_id)
    if before.name == name:
        return
    if name is not None and exports.named(connection, account_id, [name]):
        raise exports.name_taken(name)
    exports.set_name(connection, account_id, export_id, name)
    target, changed = str(export_id), {"name": [before.name, name]}
    record_audit(connection, actor, account_id, "exports.edit", target, changed, now=now)
