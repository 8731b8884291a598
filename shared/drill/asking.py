"""A member asks for a drill: who may, how often, what is noted; nothing else of the account."""

from pathlib import Path

from sqlalchemy import Connection

from shared.domain.members import Actor, Role, require
from shared.drill.breakages import breakage_of, checked_mending
from shared.drill.drill import DrillReport, run_drill
from shared.jobs.audit import record_audit
from shared.jobs.manage_accounts import get_account
from shared.jobs.rates import allow
from shared.jobs.services import Services
from shared.logs import silence
from shared.state import members

OPERATION = "notices.drill"
# Where nobody is known by an address, as at the command line of a new machine.
NOBODY = "you@example.com"


def ask_for_drill(
    services: Services,
    actor: Actor,
    account_id: int,
    folder: Path,
    *,
    breaks: str,
    mend_after: int | None = None,
) -> DrillReport:
    """Run a drill in an empty folder, with the account's name, zone and sender of e-mails.

    Of the account only the audit log and the rate know of it. Raises InvalidInput, NotAllowed or
    TooMany before anything is done.
    """
    require(actor, OPERATION)
    breakage = breakage_of(breaks)
    checked_mending(mend_after)
    account = get_account(services, actor, account_id)
    allow(services, account_id, actor, "drill")
    now = services.clock()
    detail = {"breaks": breaks, "mend_after": mend_after}

    def note(connection: Connection) -> str:
        record_audit(connection, actor, account_id, OPERATION, breaks, detail, now=now)
        return _recipient(connection, actor, account_id)

    email = services.database.run(note)
    with silence():
        return run_drill(
            folder,
            account,
            email,
            breakage,
            mend_after=mend_after,
            mailing=services.mailing,
            now=now,
        )


def _recipient(connection: Connection, actor: Actor, account_id: int) -> str:
    """Under whose name the drill's export is made."""
    if "@" in actor.email:
        return actor.email
    every = members.list_all(connection, account_id)
    return next((each.email for each in every if each.role is Role.ADMIN), NOBODY)
