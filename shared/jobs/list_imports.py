"""Lists imports with their health, their runs, and the rows that were rejected."""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from shared.domain.import_states import ImportStatus, shown_status
from shared.domain.pages import Page
from shared.errors import NotFound
from shared.jobs.manage_imports import import_of
from shared.jobs.paging import Place, paged
from shared.jobs.services import Services
from shared.state import connections, import_rejects, import_runs, imports
from shared.state.import_runs import ImportRun
from shared.state.imports import Import


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import as people see it."""

    found: Import
    # Running while a run is open.
    status: ImportStatus
    # None when the connection was removed.
    connection: str | None


def list_imports(
    services: Services,
    account_id: int,
    *,
    connection_id: int | None = None,
    statuses: Sequence[ImportStatus] = (),
    page_size: int | None = None,
    page_token: str | None = None,
) -> Page[ImportView]:
    """Imports of the account, the newest first."""
    about = json.dumps(["imports", account_id, connection_id, sorted(statuses)])

    def fetch(connection: Connection, after: int | None, limit: int) -> list[ImportView]:
        found = imports.page(
            connection,
            account_id,
            connection_id=connection_id,
            statuses=statuses,
            before=after,
            limit=limit,
        )
        return _views(connection, account_id, found)

    place = Place(about, page_size, page_token)
    return paged(services, place, fetch, lambda view: view.found.import_id)


def get_import(services: Services, account_id: int, import_id: int) -> ImportView:
    """One import; raises NotFound when the account has none of this id."""
    found = import_of(services, account_id, import_id)
    [view] = services.database.run(lambda c: _views(c, account_id, [found]))
    return view


def list_import_runs(
    services: Services,
    account_id: int,
    import_id: int,
    *,
    page_size: int | None = None,
    page_token: str | None = None,
) -> Page[ImportRun]:
    """Runs of an import, the newest first."""
    import_of(services, account_id, import_id)
    about = json.dumps(["import runs", account_id, import_id])

    def fetch(connection: Connection, after: int | None, limit: int) -> list[ImportRun]:
        return import_runs.page(connection, account_id, import_id, before=after, limit=limit)

    return paged(services, Place(about, page_size, page_token), fetch, lambda run: run.run_id)


def get_import_run(services: Services, account_id: int, run_id: int) -> ImportRun:
    """One run; raises NotFound when the account has none of this id."""
    run = services.database.run(lambda c: import_runs.get(c, account_id, run_id))
    if run is None:
        raise NotFound(
            f"The account {account_id} has no import run {run_id}; look at the runs of its imports."
        )
    return run


def rejected_lines(services: Services, account_id: int, run_id: int) -> Iterator[bytes]:
    """The kept rejected rows of a run as JSON Lines {row, reason, values}, piece by piece."""
    get_import_run(services, account_id, run_id)
    number = 0
    while True:
        piece = services.database.run(
            lambda c, n=number: import_rejects.get(c, account_id, run_id, n)  # type: ignore[misc]
        )
        if piece is None:
            return
        yield gzip.decompress(piece[1])
        number += 1


def _views(connection: Connection, account_id: int, found: Sequence[Import]) -> list[ImportView]:
    running = import_runs.open_imports(connection, account_id, (each.import_id for each in found))
    names: dict[int, str | None] = {}
    for each in found:
        connection_id = each.spec.connection_id
        if connection_id not in names:
            saved = connections.find(connection, account_id, connection_id)
            names[connection_id] = None if saved is None else saved.name
    return [
        ImportView(
            each,
            shown_status(each.status, is_running=each.import_id in running),
            names[each.spec.connection_id],
        )
        for each in found
    ]
