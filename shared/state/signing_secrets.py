"""What this installation signs its own texts with: made at first use, shared by all processes."""

from secrets import token_hex

from sqlalchemy import Connection, select

from shared.state.database import insert_new
from shared.state.tables import signing_secrets

SECRET_BYTES = 32


def of(connection: Connection, purpose: str) -> bytes:
    """The secret for one purpose; the first of many that ask at once makes it."""
    statement = select(signing_secrets.c.secret).where(signing_secrets.c.purpose == purpose)
    found = connection.scalars(statement).one_or_none()
    if found is None:
        row = {"purpose": purpose, "secret": token_hex(SECRET_BYTES)}
        insert_new(connection, signing_secrets, [row])
        found = connection.scalars(statement).one()
    return bytes.fromhex(found)
