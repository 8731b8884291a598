"""Import Connections: the list with its filters, newest first, page by page."""

from dataclasses import dataclass
from datetime import datetime

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.pages.exports import day_of
from functions.api.pages.frame import show
from functions.api.pages.visits import Visit, is_fragment, page, url
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
    chosen = {name: request.args.get(name, "")[:FIELD_CHARS_MAX] for name in FIELDS}
    wanted = filter_of(
        visit.services,
        visit.account_id,
        day_of(chosen["connected_from"]),
        day_of(chosen["connected_to"]),
        chosen["connected_by"] or None,
    )
    token = request.args.get("page_token") or None
    found = list_connections(visit.services, visit.account_id, wanted, page_token=token)
    here = {name: value for name, value in chosen.items() if value}
    following = found.next_page_token
    shown = show(
        "connections_list.html" if is_fragment() else "connections.html",
        rows=[_row(saved) for saved in found.items],
        chosen=chosen,
        members=_members(visit, found.items, chosen["connected_by"]),
        filtered=bool(here) or token is not None,
        first_url=url("connections", **here) if token else "",
        next_url=url("connections", **here, page_token=following) if following else "",
    )
    page_here = here | ({} if token is None else {"page_token": token})
    shown.headers["HX-Replace-Url"] = url("connections", **page_here)
    return shown


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
