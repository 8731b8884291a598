"""Who may do what: roles of members, scopes of API keys, and the table of all operations."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.cloud_names import BUCKET_SCHEME
from shared.errors import InvalidInput, NotAllowed

_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9][a-z0-9.-]{0,188}")


class Role(StrEnum):
    """What a member may do in an account; each role may do all that those before it may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """0 for the least."""
        return list(Role).index(self)


class Via(StrEnum):
    """What proved who somebody is."""

    IAP = "iap"
    TOKEN = "token"
    KEY = "key"
    LOCAL = "local"
    COMMAND = "command"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request, before anybody has asked which accounts are his."""

    email: str
    via: Via
    # Of an API key: the one account that it is for, and what it may do there.
    account_id: int | None = None
    actor: "Actor | None" = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody at work in one account."""

    # In lower case; of an API key its id, of ourselves a word.
    email: str
    role: Role
    via: Via
    # What an API key may do; everybody else may do what his role allows.
    scopes: frozenset[str] = frozenset()

    @property
    def is_ours(self) -> bool:
        """Whether this is no member but the person at the machine, or the system itself."""
        return self.via in (Via.COMMAND, Via.SYSTEM)


COMMAND_LINE = Actor("command-line", Role.ADMIN, Via.COMMAND)
SYSTEM = Actor("system", Role.ADMIN, Via.SYSTEM)

# The least role for each operation. Credentials and members are an admin's: whoever can name a
# bucket of his own can take all data along.
OPERATIONS = {
    "accounts.get": Role.VIEWER,
    "accounts.update": Role.ADMIN,
    "members.list": Role.VIEWER,
    "members.put": Role.ADMIN,
    "members.remove": Role.ADMIN,
    "keys.list": Role.ADMIN,
    "keys.create": Role.ADMIN,
    "keys.revoke": Role.ADMIN,
    "audit.list": Role.VIEWER,
    "buckets.list": Role.VIEWER,
    "buckets.get": Role.VIEWER,
    "buckets.test": Role.EDITOR,
    "buckets.try": Role.ADMIN,
    "buckets.create": Role.ADMIN,
    "buckets.rotate": Role.ADMIN,
    "buckets.remove": Role.ADMIN,
    "connections.list": Role.VIEWER,
    "connections.get": Role.VIEWER,
    "connections.test": Role.EDITOR,
    "connections.create": Role.ADMIN,
    "connections.rotate": Role.ADMIN,
    "connections.remove": Role.ADMIN,
    "imports.list": Role.VIEWER,
    "imports.get": Role.VIEWER,
    "imports.preview": Role.EDITOR,
    "imports.create": Role.EDITOR,
    "imports.edit": Role.EDITOR,
    "imports.run": Role.EDITOR,
    "imports.stop": Role.EDITOR,
    "events.list": Role.VIEWER,
    "exports.list": Role.VIEWER,
    "exports.get": Role.VIEWER,
    "exports.preview": Role.EDITOR,
    "exports.create": Role.EDITOR,
    "exports.edit": Role.EDITOR,
    "exports.stop": Role.EDITOR,
    "exports.run": Role.EDITOR,
    "health.get": Role.VIEWER,
    "incidents.list": Role.VIEWER,
    "runs.list": Role.VIEWER,
    "runs.get": Role.VIEWER,
    "runs.retry": Role.EDITOR,
    "runs.replay": Role.EDITOR,
    "files.list": Role.VIEWER,
    "notices.list": Role.VIEWER,
    "notices.get": Role.VIEWER,
    "notices.drill": Role.ADMIN,
    # A webhook takes along what happens in the account, and to where is an admin's to say.
    "webhooks.list": Role.ADMIN,
    "webhooks.create": Role.ADMIN,
    "webhooks.update": Role.ADMIN,
    "webhooks.test": Role.ADMIN,
    "webhooks.rotate": Role.ADMIN,
    "webhooks.remove": Role.ADMIN,
}


def scope_of(operation: str) -> str:
    """The scope that lets an API key do this: `exports:read`, `exports:write` and so on."""
    resource = operation.partition(".")[0]
    return f"{resource}:{'read' if OPERATIONS[operation] is Role.VIEWER else 'write'}"


# No key manages members or keys: one that was stolen could make itself another.
NEVER_A_KEY = frozenset({"members:write", "keys:write"})
SCOPES = frozenset(scope_of(operation) for operation in OPERATIONS) - NEVER_A_KEY


def role_for(scopes: Iterable[str]) -> Role:
    """The least role that may do everything that the scopes name."""
    wanted = set(scopes)
    needed = [role for operation, role in OPERATIONS.items() if scope_of(operation) in wanted]
    return max(needed, key=lambda role: role.rank, default=Role.VIEWER)


def may(actor: Actor, operation: str) -> bool:
    """Whether the actor's role, and the scopes of a key, allow the operation."""
    if actor.via is Via.KEY and scope_of(operation) not in actor.scopes:
        return False
    return actor.role.rank >= OPERATIONS[operation].rank


def require(actor: Actor, operation: str) -> None:
    """Raise NotAllowed when the actor may not do this."""
    if may(actor, operation):
        return
    if actor.via is Via.KEY:
        raise NotAllowed(
            f"This API key has no scope {scope_of(operation)}; ask an admin of the account for "
            "a key that has it.",
            reason="scope-missing",
        )
    raise NotAllowed(
        f"This takes the role {OPERATIONS[operation]}, and yours is {actor.role}; "
        "ask an admin of the account.",
        reason="role-too-low",
    )


def at_machine(actor: Actor) -> bool:
    """Whether it is the person who sits at the machine that runs this, or Sluice itself."""
    return actor.is_ours or actor.via is Via.LOCAL


def check_at_machine(actor: Actor, url: str) -> None:
    """A folder of the machine that runs this is for the person who sits at it.

    Everybody else could look and write where he likes; raises InvalidInput.
    """
    if not at_machine(actor) and not url.startswith(BUCKET_SCHEME):
        raise InvalidInput("Name a bucket of Google Cloud, for example gs://my-bucket.")


def checked_email(text: str) -> str:
    """The address in lower case; raises InvalidInput for what is none.

    ASCII only, so that no two that look alike are different.
    """
    email = text.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise InvalidInput("Give an e-mail address such as ann@example.com.")
    return email


def checked_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """The scopes; raises InvalidInput for none, or for one that is not in the list."""
    wanted = frozenset(scopes)
    if not wanted or wanted - SCOPES:
        raise InvalidInput(f"Choose one or more of these scopes: {', '.join(sorted(SCOPES))}.")
    return wanted
