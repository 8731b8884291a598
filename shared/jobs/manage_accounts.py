"""What people do with accounts: look at the settings, change them, and make the first one."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection

from shared.domain.account_settings import AccountSettings
from shared.domain.accounts import Account
from shared.domain.choices import Identifier
from shared.domain.members import (
    COMMAND_LINE,
    SYSTEM,
    Actor,
    Caller,
    Role,
    Via,
    checked_email,
    require,
)
from shared.errors import InvalidInput, NotFound
from shared.jobs.audit import record_audit
from shared.jobs.services import Services
from shared.state import accounts, members
from shared.state.members import Member

CHANGEABLE = frozenset({"name", "database_id", "time_zone", "identifiers", "flags"})


def accounts_of(services: Services, email: str) -> list[tuple[AccountSettings, Role]]:
    """The accounts that somebody is a member of, by id, each with his role in it."""
    return services.database.run(lambda c: members.accounts_of(c, email))


def role_of(services: Services, account_id: int, email: str) -> Role | None:
    """What somebody is in the account; None when he is no member, or there is no such account."""
    found = services.database.run(lambda c: members.get(c, account_id, email))
    return None if found is None else found.role


def actor_in(services: Services, caller: Caller, account_id: int) -> Actor:
    """The caller at work in this account; raises NotFound when it is not one of his.

    The same for an account that does not exist: which ones there are is nobody's business.
    """
    if caller.actor is not None:
        if caller.account_id == account_id:
            return caller.actor
    elif (role := role_of(services, account_id, caller.email)) is not None:
        return Actor(caller.email, role, caller.via)
    raise not_found(account_id)


def get_account(services: Services, actor: Actor, account_id: int) -> AccountSettings:
    """The settings of the account; raises NotFound."""
    require(actor, "accounts.get")
    found = services.database.run(lambda c: accounts.get_settings(c, account_id))
    if found is None:
        raise not_found(account_id)
    return found


def update_account(
    services: Services, actor: Actor, account_id: int, **changes: Any
) -> AccountSettings:
    """Change settings: name, database_id, time_zone, identifiers, flags; exports keep theirs.

    `flags` is a mapping of those that change. Raises InvalidInput, and then nothing was changed.
    """
    require(actor, "accounts.update")
    if unknown := sorted(set(changes) - CHANGEABLE):
        raise InvalidInput(f"An account has no setting {unknown[0]!r}.")
    now = services.clock()

    def store(connection: Connection) -> AccountSettings:
        before = accounts.get_settings(connection, account_id, hold=True)
        if before is None:
            raise not_found(account_id)
        after = _changed(before, changes)
        changed = _difference(before, after)
        if changed:
            accounts.put_settings(connection, after)
            record_audit(
                connection, actor, account_id, "accounts.update", str(account_id), changed, now=now
            )
        return after

    return services.database.run(store)


def put_account(services: Services, account: Account, *, actor: Actor = COMMAND_LINE) -> None:
    """Create the account, or replace what exports copy from it; its name and features stay."""
    require(actor, "accounts.update")
    now = services.clock()

    def store(connection: Connection) -> None:
        before = accounts.get(connection, account.account_id)
        if before == account:
            return
        accounts.put(connection, account)
        changed = asdict(account) if before is None else _difference(before, account)
        target = str(account.account_id)
        record_audit(
            connection, actor, account.account_id, "accounts.update", target, changed, now=now
        )

    services.database.run(store)


def first_admin(services: Services, environ: Mapping[str, str]) -> None:
    """Make the account and the admin that the environment names, where there are none.

    SLUICE_ADMIN_EMAIL becomes admin of every account that has no admin; SLUICE_ACCOUNT_ID (1),
    SLUICE_DATABASE_ID, SLUICE_TIME_ZONE and SLUICE_ACCOUNT_NAME describe the first account. Does
    nothing without an address, and nothing the second time.
    """
    if not environ.get("SLUICE_ADMIN_EMAIL"):
        return
    email = checked_email(environ["SLUICE_ADMIN_EMAIL"])
    first = _first_account(environ)
    now = services.clock()

    def store(connection: Connection) -> None:
        if accounts.get(connection, first.account_id) is None:
            accounts.put_settings(connection, first)
        for account_id in members.accounts_without_admin(connection):
            member = Member(account_id, email, Role.ADMIN, now, SYSTEM.email)
            if not members.add(connection, member):
                members.set_role(connection, account_id, email, Role.ADMIN)
            detail = {"role": str(Role.ADMIN)}
            record_audit(connection, SYSTEM, account_id, "members.put", email, detail, now=now)

    services.database.run(store)


def local_caller(email: str) -> Caller:
    """The member that is fixed on this machine."""
    return Caller(checked_email(email), Via.LOCAL)


def _first_account(environ: Mapping[str, str]) -> AccountSettings:
    text = environ.get("SLUICE_ACCOUNT_ID", "1")
    if not (text.isascii() and text.isdigit()):
        raise InvalidInput("SLUICE_ACCOUNT_ID must be a whole number.", reason="bad-configuration")
    account_id = int(text)
    return AccountSettings(
        account_id=account_id,
        database_id=environ.get("SLUICE_DATABASE_ID", f"db{account_id}"),
        time_zone=environ.get("SLUICE_TIME_ZONE", "UTC"),
        name=environ.get("SLUICE_ACCOUNT_NAME", ""),
    )


def _changed(before: AccountSettings, changes: Mapping[str, Any]) -> AccountSettings:
    values = dict(changes)
    if "flags" in values:
        known = asdict(before.flags)
        for name, value in values["flags"].items():
            if name not in known or not isinstance(value, bool):
                raise InvalidInput(f"Switch one of these on or off: {', '.join(known)}.")
        values["flags"] = replace(before.flags, **values["flags"])
    if "identifiers" in values:
        values["identifiers"] = _identifiers(values["identifiers"])
    return replace(before, **values)


def _identifiers(names: Iterable[str]) -> tuple[Identifier, ...]:
    try:
        return tuple(Identifier(name) for name in names)
    except ValueError:
        raise InvalidInput(
            f"Choose identifiers among {', '.join(str(each) for each in Identifier)}."
        ) from None


def _difference(before: Account, after: Account) -> dict[str, Any]:
    """What changed, each as [before, after]."""
    old, new = asdict(before), asdict(after)
    return {name: [old[name], new[name]] for name in old if old[name] != new[name]}


def not_found(account_id: int) -> NotFound:
    """An account that is another one's and one that does not exist are told alike."""
    return NotFound(f"There is no account {account_id} that is yours to see.")
