"""Imports: the list with its filters and the health of each, newest first, page by page."""

from dataclasses import dataclass
from datetime import datetime

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.pages.frame import show
from functions.api.pages.import_form import saved_connections
from functions.api.pages.import_schedules import schedule_words
from functions.api.pages.page_sizes import items_chosen
from functions.api.pages.states import State, of_import, of_import_health
from functions.api.pages.text import words
from functions.api.pages.visits import Visit, is_fragment, page, url
from shared.domain.import_states import FROM, ImportStatus, Move
from shared.errors import InvalidInput
from shared.jobs.list_imports import ImportView, list_imports

FIELDS = ("connection", "status")
# Running is not stored: an import that runs counts as what it is between two runs.
STATUSES = [str(each) for each in ImportStatus if each is not ImportStatus.RUNNING]


@dataclass(frozen=True, slots=True)
class Row:
    """One import as the list and its own page show it."""

    id: int
    nickname: str
    connection_id: int
    # Empty when it was removed.
    connection: str
    source: str
    kind: str
    status: State
    health: State
    health_words: str
    schedule: str
    last_at: datetime | None
    next_at: datetime | None
    # What may be done with it as it stands.
    moves: tuple[str, ...]
    running: bool


@page("/imports", "imports.list")
def imports(visit: Visit) -> ResponseReturnValue:
    """The list; with htmx the list alone."""
    items = items_chosen()
    chosen = {name: request.args.get(name, "")[:64] for name in FIELDS}
    found = list_imports(
        visit.services,
        visit.account_id,
        connection_id=_connection(chosen["connection"]),
        statuses=_status(chosen["status"]),
        page_size=items,
        page_token=request.args.get("page_token") or None,
    )
    here = {name: value for name, value in chosen.items() if value} | {"items": str(items)}
    token = found.next_page_token
    rows = [row_of(view, visit) for view in found.items]
    saved = saved_connections(visit)
    page_here = here | {
        name: request.args[name] for name in ("page_token",) if name in request.args
    }
    shown = show(
        "imports_list.html" if is_fragment() else "imports.html",
        rows=rows,
        moving=any(row.running for row in rows),
        here_url=url("imports", **page_here),
        chosen=chosen,
        items=items,
        connections=[(str(each.connection_id), each.name) for each in saved],
        statuses=STATUSES,
        filtered=any(chosen.values()) or "page_token" in request.args,
        first_url=url("imports", **here) if request.args.get("page_token") else "",
        next_url=url("imports", **here, page_token=token) if token else "",
    )
    shown.headers["HX-Replace-Url"] = url("imports", **page_here)
    return shown


def row_of(view: ImportView, visit: Visit) -> Row:
    """What a line shows of an import."""
    found, spec = view.found, view.found.spec
    return Row(
        id=found.import_id,
        nickname=spec.nickname,
        connection_id=spec.connection_id,
        connection=view.connection or "",
        source=spec.source.table or "SQL",
        kind=words(spec.mapping.kind) if spec.mapping else "Not mapped yet",
        status=of_import(view.status),
        health=of_import_health(found.health),
        health_words=found.health.words,
        schedule=schedule_words(spec.schedule, visit.account.time_zone),
        last_at=found.last_run_at,
        next_at=found.next_run_at,
        moves=tuple(str(move) for move in Move if view.status in FROM[move]),
        running=view.status is ImportStatus.RUNNING,
    )


def _connection(text: str) -> int | None:
    if text and not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InvalidInput("There is no such choice in this filter: choose one from its list.")
    return int(text) if text else None


def _status(text: str) -> tuple[ImportStatus, ...]:
    if text and text not in STATUSES:
        raise InvalidInput("There is no such choice in this filter: choose one from its list.")
    return (ImportStatus(text),) if text else ()
