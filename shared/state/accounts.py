"""Accounts and the file-name forms that their event names own."""

from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, select, update

from shared.domain.account_settings import AccountSettings, Flags
from shared.domain.exports import Account, Identifier
from shared.domain.names import candidate_forms
from shared.state.database import insert_new
from shared.state.tables import accounts, event_names

# How many names one statement asks for; both databases take far more parameters.
NAMES_PER_QUERY = 500
FLAGS = frozenset(Flags.__dataclass_fields__)
_HASH_AND_FORM = (event_names.c.raw_hash, event_names.c.form)


def get(connection: Connection, account_id: int) -> Account | None:
    """The account's settings, or None when there is no such account."""
    row = connection.execute(
        select(accounts).where(accounts.c.account_id == account_id)
    ).one_or_none()
    return None if row is None else _account(row)


def get_settings(
    connection: Connection, account_id: int, *, hold: bool = False
) -> AccountSettings | None:
    """All settings, or None; `hold` makes others who hold the account wait for this transaction."""
    statement = select(accounts).where(accounts.c.account_id == account_id)
    row = connection.execute(statement.with_for_update() if hold else statement).one_or_none()
    return None if row is None else settings_of_row(row)


def put(connection: Connection, account: Account) -> None:
    """Create the account or replace its settings; exports keep what they froze."""
    values = {
        "database_id": account.database_id,
        "time_zone": account.time_zone,
        "identifiers": [str(name) for name in account.identifiers],
    }
    insert_new(connection, accounts, [{"account_id": account.account_id, **values}])
    connection.execute(
        update(accounts).where(accounts.c.account_id == account.account_id).values(values)
    )


def put_settings(connection: Connection, settings: AccountSettings) -> None:
    """Create the account or replace all of its settings."""
    put(connection, settings)
    connection.execute(
        update(accounts)
        .where(accounts.c.account_id == settings.account_id)
        .values(name=settings.name, flags=asdict(settings.flags))
    )


def list_ids(connection: Connection) -> list[int]:
    """All account ids, ascending."""
    return list(connection.scalars(select(accounts.c.account_id).order_by("account_id")))


def claim_forms(connection: Connection, account_id: int, raws: Sequence[str]) -> dict[str, str]:
    """The file-name form of each raw event name; a form's first owner keeps it for good.

    Two runs that claim at the same time agree: the unique keys decide who was first.
    """
    names = {_hash(raw): raw for raw in sorted(set(raws))}
    forms = _owned(connection, account_id, list(names))
    tries = {key: candidate_forms(raw) for key, raw in names.items() if key not in forms}
    while tries:
        claims = [
            {"account_id": account_id, "form": next(left), "raw_name": names[key], "raw_hash": key}
            for key, left in tries.items()
        ]
        won = insert_new(connection, event_names, claims, *_HASH_AND_FORM)
        forms.update({row.raw_hash: row.form for row in won})
        # Somebody else may have claimed the very same name meanwhile.
        forms.update(_owned(connection, account_id, [key for key in tries if key not in forms]))
        tries = {key: left for key, left in tries.items() if key not in forms}
    return {raw: forms[key] for key, raw in names.items()}


def foreseen_forms(connection: Connection, account_id: int, raws: Sequence[str]) -> dict[str, str]:
    """The forms that these names have, or would get now; nothing is claimed for them."""
    names = {_hash(raw): raw for raw in sorted(set(raws))}
    forms = _owned(connection, account_id, list(names))
    taken: set[str] = set(forms.values())
    for key, raw in names.items():
        if key not in forms:
            forms[key] = next(
                form
                for form in candidate_forms(raw)
                if form not in taken and not _is_taken(connection, account_id, form)
            )
            taken.add(forms[key])
    return {raw: forms[key] for key, raw in names.items()}


def _is_taken(connection: Connection, account_id: int, form: str) -> bool:
    owner = select(event_names.c.form).where(
        event_names.c.account_id == account_id, event_names.c.form == form
    )
    return connection.scalar(owner) is not None


def settings_of_row(row: Row[Any]) -> AccountSettings:
    """The settings that a row of the table holds; a flag that it does not know is as usual."""
    base = _account(row)
    known = {name: bool(on) for name, on in (row.flags or {}).items() if name in FLAGS}
    return AccountSettings(
        account_id=base.account_id,
        database_id=base.database_id,
        time_zone=base.time_zone,
        identifiers=base.identifiers,
        name=row.name or "",
        flags=Flags(**known),
    )


def _account(row: Row[Any]) -> Account:
    return Account(
        account_id=row.account_id,
        database_id=row.database_id,
        time_zone=row.time_zone,
        identifiers=tuple(Identifier(name) for name in row.identifiers),
    )


def _owned(connection: Connection, account_id: int, hashes: Sequence[str]) -> dict[str, str]:
    """The forms of names that have one, by the hash of the raw name."""
    found: dict[str, str] = {}
    for start in range(0, len(hashes), NAMES_PER_QUERY):
        rows = connection.execute(
            select(*_HASH_AND_FORM).where(
                event_names.c.account_id == account_id,
                event_names.c.raw_hash.in_(hashes[start : start + NAMES_PER_QUERY]),
            )
        )
        found.update({row.raw_hash: row.form for row in rows})
    return found


def _hash(raw: str) -> str:
    return sha256(raw.encode()).hexdigest()
