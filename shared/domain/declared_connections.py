"""Compares the connections that a file declares with what there is."""

from dataclasses import dataclass

from shared.domain.connections import Access, Dataset
from shared.domain.declared import Access as Credentials
from shared.domain.declared import Change, Verb
from shared.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class DeclaredConnection:
    """A connection as the file has it; a key file's content is never shown."""

    name: str
    line: int
    place: Dataset
    access: Access
    credentials: Credentials


def connection_change(
    wanted: DeclaredConnection, present: DeclaredConnection | None
) -> Change | None:
    """What to do about a connection; raises InvalidInput for what can never be."""
    kind, email, _ = wanted.credentials
    whose = f"{kind} of {email}" if email else "without credentials"
    if present is None:
        details = (wanted.place.url, whose)
        return Change(Verb.SAVE, "connection", wanted.name, wanted.line, details)
    if (present.place, present.access) != (wanted.place, wanted.access):
        raise InvalidInput(
            f"The connection {wanted.name} is {present.place.url} with the roles {present.access} "
            "and cannot become another one: give this one a name of its own."
        )
    if present.credentials == wanted.credentials:
        return None
    return Change(Verb.ROTATE, "connection", wanted.name, wanted.line, (f"to {whose}",))
