"""What admins do with members: list them, add one, change what one may do, remove one."""

from dataclasses import replace

from sqlalchemy import Connection

from shared.domain.members import Actor, Role, checked_email, require
from shared.errors import Conflict, NotFound
from shared.jobs.audit import record_audit
from shared.jobs.services import Services
from shared.state import accounts, api_keys, members
from shared.state.members import Member


def list_members(services: Services, actor: Actor, account_id: int) -> list[Member]:
    """All members of the account, by address."""
    require(actor, "members.list")
    return services.database.run(lambda c: members.list_all(c, account_id))


def put_member(services: Services, actor: Actor, account_id: int, email: str, role: Role) -> Member:
    """Add a member, or change what he may do; an account always keeps an admin.

    Raises InvalidInput, and then nothing was changed.
    """
    require(actor, "members.put")
    address, now = checked_email(email), services.clock()

    def store(connection: Connection) -> Member:
        _hold(connection, account_id)
        before = members.get(connection, account_id, address)
        if before is None:
            after = Member(account_id, address, role, now, actor.email)
            members.add(connection, after)
        else:
            after = replace(before, role=role)
            if role is before.role:
                return before
            _keep_an_admin(connection, before)
            members.set_role(connection, account_id, address, role)
        detail = {
            "role": str(role),
            "role_before": None if before is None else str(before.role),
            "keys_revoked": _keys_revoked(services, connection, after),
        }
        record_audit(connection, actor, account_id, "members.put", address, detail, now=now)
        return after

    return services.database.run(store)


def remove_member(services: Services, actor: Actor, account_id: int, email: str) -> None:
    """Remove a member, and the API keys that he made; raises NotFound, or Conflict for the last
    admin."""
    require(actor, "members.remove")
    address, now = email.strip().lower(), services.clock()

    def store(connection: Connection) -> None:
        _hold(connection, account_id)
        before = members.get(connection, account_id, address)
        if before is None:
            raise NotFound("The account has no member of this address.")
        _keep_an_admin(connection, before)
        members.remove(connection, account_id, address)
        ids = api_keys.living_ids_of(connection, account_id, address)
        revoked = api_keys.revoke(connection, account_id, ids, now)
        detail = {"role_before": str(before.role), "keys_revoked": revoked}
        record_audit(connection, actor, account_id, "members.remove", address, detail, now=now)

    services.database.run(store)


def _hold(connection: Connection, account_id: int) -> None:
    """Two admins who demote each other at once wait here, so that one of them stays."""
    if accounts.get_settings(connection, account_id, hold=True) is None:
        raise NotFound(f"There is no account {account_id} that is yours to see.")


def _keep_an_admin(connection: Connection, before: Member) -> None:
    if before.role is Role.ADMIN and members.count_admins(connection, before.account_id) < 2:
        raise Conflict(
            f"{before.email} is the account's only admin; make somebody else an admin first.",
            reason="last-admin",
        )


def _keys_revoked(services: Services, connection: Connection, after: Member) -> list[str]:
    """Only an admin has keys: whoever is one no more must not go on as one of his keys."""
    if after.role is Role.ADMIN:
        return []
    ids = api_keys.living_ids_of(connection, after.account_id, after.email)
    return api_keys.revoke(connection, after.account_id, ids, services.clock())
