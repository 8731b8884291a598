"""Imports: the list with its filters and the health of each, newest first, page by page."""

from dataclasses import dataclass
from datetime import datetime

from flask.typing import ResponseReturnValue

from functions.api.pages.import_form import saved_connections
from functions.api.pages.import_schedules import schedule_words
from functions.api.pages.lists import asked_for, no_such_choice, one_of, show_list
from functions.api.pages.states import State, of_import, of_import_health
from functions.api.pages.text import words
from functions.api.pages.visits import Visit, page
from shared.domain.import_states import FROM, ImportStatus, Move
from shared.jobs.list_imports import ImportView, list_imports

FIELDS = ("connection", "status")
# Running is not stored: an import that runs counts as what it is between two runs.
STATUSES = [each for each in ImportStatus if each is not ImportStatus.RUNNING]


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
    asked = asked_for(FIELDS, chars_max=64)
    found = list_imports(
        visit.services,
        visit.account_id,
        connection_id=_connection(asked.chosen["connection"]),
        statuses=one_of(STATUSES, asked.chosen["status"]),
        page_size=asked.items,
        page_token=asked.page_token,
    )
    rows = [row_of(view, visit) for view in found.items]
    return show_list(
        "imports",
        asked,
        found.next_page_token,
        rows=rows,
        moving=any(row.running for row in rows),
        connections=[(str(each.connection_id), each.name) for each in saved_connections(visit)],
        statuses=STATUSES,
    )


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
        raise no_such_choice()
    return int(text) if text else None
