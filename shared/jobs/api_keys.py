"""API keys for machines: made once, shown once, kept as hashes, and good for what they name."""

import re
from dataclasses import replace
from hashlib import sha256
from hmac import compare_digest
from secrets import choice
from string import ascii_letters, digits

from sqlalchemy import Connection

from shared.domain.members import Actor, Via, checked_scopes, require, role_for
from shared.errors import Conflict, InvalidInput, NotFound
from shared.jobs.audit import record_audit
from shared.jobs.services import Services
from shared.state import accounts, api_keys
from shared.state.api_keys import ApiKey

PREFIX = "sluice_"
_ALPHABET = ascii_letters + digits
_ID_CHARS = 12
# 62 ** 43 is 256 bits: nobody can guess it, nor a slow hash make it harder to guess.
_SECRET_CHARS = 43
_FORM = re.compile(rf"{PREFIX}([A-Za-z0-9]{{{_ID_CHARS}}})_[A-Za-z0-9]{{{_SECRET_CHARS}}}")
NAME_CHARS_MAX = 100
KEYS_MAX = 100


def create_api_key(
    services: Services, actor: Actor, account_id: int, name: str, scopes: frozenset[str]
) -> tuple[ApiKey, str]:
    """A new key and its secret, which is never shown again."""
    require(actor, "keys.create")
    wanted, now = checked_scopes(scopes), services.clock()
    if not 1 <= len(name) <= NAME_CHARS_MAX or not name.isprintable():
        raise InvalidInput(f"Give the key a name of 1 to {NAME_CHARS_MAX} characters.")
    key_id = _random(_ID_CHARS)
    secret = f"{PREFIX}{key_id}_{_random(_SECRET_CHARS)}"
    key = ApiKey(
        key_id=key_id,
        account_id=account_id,
        name=name,
        scopes=wanted,
        created_at=now,
        created_by=actor.email,
        used_at=None,
        revoked_at=None,
        secret_hash=_hash(secret),
    )

    def store(connection: Connection) -> None:
        if accounts.get_settings(connection, account_id, hold=True) is None:
            raise NotFound(f"There is no account {account_id} that is yours to see.")
        if api_keys.count_living(connection, account_id) >= KEYS_MAX:
            raise Conflict(f"An account has at most {KEYS_MAX} keys; revoke one first.")
        api_keys.add(connection, key)
        detail = {"name": name, "scopes": sorted(wanted)}
        record_audit(connection, actor, account_id, "keys.create", key_id, detail, now=now)

    services.database.run(store)
    return key, secret


def list_api_keys(services: Services, actor: Actor, account_id: int) -> list[ApiKey]:
    """All keys of the account, newest first; secrets are not among what is known of them."""
    require(actor, "keys.list")
    return services.database.run(lambda c: api_keys.list_all(c, account_id))


def revoke_api_key(services: Services, actor: Actor, account_id: int, key_id: str) -> ApiKey:
    """Make a key useless at once and for good; does nothing when it is. Raises NotFound."""
    require(actor, "keys.revoke")
    now = services.clock()

    def store(connection: Connection) -> ApiKey:
        found = api_keys.find(connection, key_id)
        if found is None or found.account_id != account_id:
            raise NotFound("The account has no key of this id.")
        if not api_keys.revoke(connection, account_id, [key_id], now):
            return found
        detail = {"name": found.name}
        record_audit(connection, actor, account_id, "keys.revoke", key_id, detail, now=now)
        return replace(found, revoked_at=now)

    return services.database.run(store)


def actor_of_api_key(services: Services, secret: str) -> tuple[int, Actor] | None:
    """The account that a key is for and who acts with it; None for any other text."""
    form = _FORM.fullmatch(secret)
    if form is None:
        return None
    key_id, now = form[1], services.clock()

    def look(connection: Connection) -> ApiKey | None:
        found = api_keys.find(connection, key_id)
        if found is None or found.revoked_at is not None:
            return None
        if not compare_digest(found.secret_hash, _hash(secret)):
            return None
        if found.used_at is None or found.used_at <= now - api_keys.USED_EVERY:
            api_keys.set_used(connection, found.account_id, key_id, now)
        return found

    key = services.database.run(look)
    if key is None:
        return None
    # A scope that was taken out of the list gives nothing any more.
    scopes = key.scopes
    return key.account_id, Actor(f"key:{key_id}", role_for(scopes), Via.KEY, scopes)


def _hash(secret: str) -> str:
    """The id is part of what is hashed, so that hashes exchanged between rows fit neither."""
    return sha256(f"sluice api key {secret}".encode()).hexdigest()


def _random(chars: int) -> str:
    return "".join(choice(_ALPHABET) for _ in range(chars))
