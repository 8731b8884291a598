"""The beginning of every visit to an account: who is at work there, and in which account."""

from dataclasses import dataclass

from shared.domain.account_settings import AccountSettings
from shared.domain.members import Actor, Caller, require
from shared.jobs.manage_accounts import accounts_of, actor_in, get_account, not_found
from shared.jobs.services import Services


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody at work in an account."""

    actor: Actor
    account: AccountSettings
    # Whether he has another account to change to.
    has_others: bool


def enter(services: Services, caller: Caller, account_id: int) -> Entered:
    """What `actor_in` and `get_account` say, by one query: each page begins with it."""
    if caller.actor is not None:
        actor = actor_in(services, caller, account_id)
        return Entered(actor, get_account(services, actor, account_id), has_others=False)
    found = accounts_of(services, caller.email)
    for account, role in found:
        if account.account_id == account_id:
            actor = Actor(caller.email, role, caller.via)
            require(actor, "accounts.get")
            return Entered(actor, account, has_others=len(found) > 1)
    raise not_found(account_id)
