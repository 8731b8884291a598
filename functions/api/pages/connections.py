"""Import Connections: the list with its filters, newest first, page by page."""

from dataclasses import dataclass
from datetime import datetime

from flask.typing import ResponseReturnValue

from functions.api.pages.lists import asked_for, day_of, show_list
from functions.api.pages.visits import Visit, page
from shared.credentials.kinds import CredentialKind
from shared.domain.connections import Access
from shared.jobs.connection_filters import filter_of
from shared.jobs.manage_connections import list_connections
from shared.jobs.manage_members import list_members
from shared.state.connections import SavedConnection

FIELDS = ("connected_from", "connected_to", "connected_by")
FIELD_CHARS_MAX = 254
ACCESS_WORDS = {Access.READ_WRITE: "Read and write", Access.READ_ONLY: "Read only"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    id: int
    name: str
    project: str
    dataset: str
    location: str
    access: str
    created_at: datetime
    created_by: str
    has_key: bool
    credentials_at: datetime
    worked_at: datetime | None


@page("/connections", "connections.list")
def connections(visit: Visit) -> ResponseReturnValue:
    """The list; with htmx the list alone."""
    asked = asked_for(FIELDS, chars_max=FIELD_CHARS_MAX, sized=False)
    chosen = asked.chosen
    narrowed = filter_of(
        visit.services,
        visit.account_id,
        day_of(chosen["connected_from"]),
        day_of(chosen["connected_to"]),
        chosen["connected_by"] or None,
    )
    found = list_connections(
        visit.services, visit.account_id, narrowed, page_token=asked.page_token
    )
    return show_list(
        "connections",
        asked,
        found.next_page_token,
        rows=[_row(saved) for saved in found.items],
        members=_members(visit, found.items, chosen["connected_by"]),
    )


def _row(saved: SavedConnection) -> Row:
    return Row(
        id=saved.connection_id,
        name=saved.name,
        project=saved.place.project,
        dataset=saved.place.dataset,
        location=saved.location,
        access=ACCESS_WORDS[saved.access],
        created_at=saved.created_at,
        created_by=saved.created_by,
        has_key=saved.credentials.kind == CredentialKind.KEY,
        credentials_at=saved.credentials_at,
        worked_at=saved.worked_at,
    )


def _members(visit: Visit, shown: tuple[SavedConnection, ...], chosen: str) -> list[str]:
    """Whom *Connected By* offers: members, and whoever made one of those that are shown."""
    members = {each.email for each in list_members(visit.services, visit.actor, visit.account_id)}
    made = {saved.created_by for saved in shown}
    return sorted(members | made | ({chosen} if chosen else set()))
