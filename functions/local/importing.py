"""What the commands of connections and imports do and show."""

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import typer

from functions.local.local_runs import tick_and_drain
from functions.local.output import console, errors, print_json, print_table
from functions.local.runner import Runner
from shared.domain.connections import FOLDER_SCHEME, Dataset, Result, failed_result
from shared.domain.import_mapping import EXTRA, Kind, Mapping
from shared.domain.import_schedules import MANUAL, Schedule, When
from shared.domain.import_specs import ImportSpec, SourceQuery
from shared.domain.import_states import RunStatus
from shared.errors import InvalidInput, NotFound
from shared.jobs.import_choices import new_schedule
from shared.jobs.list_imports import (
    ImportView,
    get_import_run,
    list_import_runs,
    rejected_lines,
)
from shared.jobs.look_at_source import dry_run, suggest_mapping
from shared.jobs.lookup import account_of
from shared.jobs.manage_imports import create_import, run_import
from shared.jobs.services import Services
from shared.state import connections, imports
from shared.state.connections import SavedConnection
from shared.state.imports import Import

_EVERY = re.compile(r"([1-9][0-9]{0,5})([mhd])")
_UNITS = {"m": When.MINUTES, "h": When.HOURS, "d": When.DAYS}


def place_of(text: str) -> Dataset:
    """PROJECT.DATASET, or the address of a folder."""
    if text.startswith(FOLDER_SCHEME):
        return Dataset(text, "")
    project, _, dataset = text.rpartition(".")
    return Dataset(project, dataset)


def connection_named(services: Services, account_id: int, name: str) -> SavedConnection:
    """The connection; raises NotFound."""
    saved = services.database.run(lambda c: connections.find_named(c, account_id, name))
    if saved is None:
        raise NotFound("There is no such connection; list them with the command connection list.")
    return saved


def import_named(services: Services, account_id: int, nickname: str) -> Import:
    """The import; raises NotFound."""
    found = services.database.run(lambda c: imports.find_named(c, account_id, nickname))
    if found is None:
        raise NotFound("There is no such import; list them with the command import list.")
    return found


def show_connection(saved: SavedConnection, done: str, *, as_json: bool) -> None:
    """One connection and what became of it."""
    if as_json:
        print_json(_connection(saved))
        return
    console.print(f"Connection {saved.name} ({saved.place.url}) {done}.", soft_wrap=True)


def show_connections(found: Sequence[SavedConnection], *, as_json: bool) -> None:
    """All connections."""
    if as_json:
        print_json({"connections": [_connection(saved) for saved in found]})
        return
    if not found:
        console.print("No connections yet; save one with the command connection add.")
        return
    rows = [
        [each.name, each.place.url, each.location, each.credentials.email, each.created_at,
         each.worked_at, f"fails: {each.failure}" if each.failure else "works"]
        for each in found
    ]  # fmt: skip
    columns = ["name", "dataset", "location", "service account", "connected", "last worked",
               "health"]  # fmt: skip
    print_table("Connections", columns, rows)


def show_results(results: Sequence[Result], *, as_json: bool) -> None:
    """The three results of a test; exits with 1 when one failed."""
    failed = failed_result(tuple(results))
    if as_json:
        listed = [
            {"part": each.part, "outcome": each.outcome, "detail": each.detail} for each in results
        ]
        print_json({"works": failed is None, "results": listed})
    else:
        rows = [[each.words, str(each.outcome), each.detail or each.advice] for each in results]
        print_table("Test Connection", ["result", "outcome", "detail"], rows)
        if failed is not None:
            errors.print(failed.advice, markup=False, soft_wrap=True)
    if failed is not None:
        raise typer.Exit(1)


def create_one(
    services: Services,
    account_id: int,
    nickname: str,
    connection: str,
    *,
    table: str | None,
    sql: str | None,
    kind: Kind,
    mapping: Sequence[str],
    event_name: str | None,
    every: str | None,
    as_json: bool,
) -> None:
    """Suggest, try on a sample, create, and show all three."""
    saved = connection_named(services, account_id, connection)
    query = SourceQuery(table, sql)
    found = suggest_mapping(services, account_id, saved.connection_id, query, kind)
    chosen = changed(found, mapping, event_name)
    tried = dry_run(services, account_id, saved.connection_id, query, chosen)
    spec = ImportSpec(
        nickname=nickname,
        connection_id=saved.connection_id,
        source=query,
        mapping=chosen,
        schedule=_schedule(services, account_id, every),
    )
    made = create_import(services, account_id, spec)
    if as_json:
        shown = {"mapping": chosen.to_dict(), "next_run_at": made.next_run_at}
        sample = {"rows": tried.rows, "rows_rejected": tried.rows_rejected}
        print_json({"nickname": nickname, "status": made.status, "sample": sample, **shown})
        return
    rows = [[each.field, each.column, each.example, each.reason] for each in tried.fields]
    print_table(f"Import {nickname}", ["field", "column", "example", "rejected because"], rows)
    console.print(
        f"{made.status}. Of a sample of {tried.rows:,} rows {tried.rows_rejected:,} are rejected."
    )


def changed(found: Mapping, given: Sequence[str], event_name: str | None) -> Mapping:
    """The suggested mapping with what a person chose in its place."""
    changes: dict[str, Any] = {}
    extra = dict(found.extra)
    for pair in given:
        field, equals, column = pair.partition("=")
        if not equals or not column:
            raise InvalidInput("Give what is mapped as field=COLUMN, such as identity=user_id.")
        if field in EXTRA[found.kind]:
            extra[field] = column
        elif field in ("identity", "updated_on", "created_on", "event_name_column"):
            changes[field] = column
        else:
            raise InvalidInput(
                f"There is no field {field!r} to map; choose identity, updated_on, created_on, "
                f"event_name_column, {', '.join(EXTRA[found.kind])}."
            )
    if event_name is not None:
        changes |= {"event_name": event_name, "event_name_column": None}
    elif "event_name_column" in changes:
        changes["event_name"] = None
    return replace(found, **changes, extra=tuple(extra.items()))


def run_one(services: Services, account_id: int, nickname: str, *, as_json: bool) -> None:
    """Run an import here and now; exits with 1 when it fails."""
    found = import_named(services, account_id, nickname)
    asked = run_import(services, account_id, found.import_id)
    with Runner(services) as runner:
        tick_and_drain(services, runner, f"Import {nickname}", shown=False)
    run = get_import_run(services, account_id, asked.run_id)
    if as_json:
        print_json(_run(run))
    elif run.status is RunStatus.DONE:
        console.print(
            f"{run.rows_read:,} rows read, {run.rows_new or 0:,} new, "
            f"{run.rows_rejected:,} rejected."
        )
    else:
        errors.print(
            f"The run is {run.status}. {run.error_message or ''}", markup=False, soft_wrap=True
        )
    if run.status is not RunStatus.DONE:
        raise typer.Exit(1)


def move_one(
    services: Services,
    account_id: int,
    nickname: str,
    move: Callable[[Services, int, int], Import],
    *,
    as_json: bool,
) -> None:
    """Pause, resume or stop an import."""
    moved = move(services, account_id, import_named(services, account_id, nickname).import_id)
    if as_json:
        print_json({"nickname": nickname, "status": moved.status})
    else:
        console.print(f"The import {nickname} is {moved.status}.")


def show_imports(found: Sequence[ImportView], *, as_json: bool) -> None:
    """All imports with their health."""
    if as_json:
        print_json({"imports": [_import(view) for view in found]})
        return
    if not found:
        console.print("No imports yet; make one with the command import create.")
        return
    rows = []
    for view in found:
        health = view.found.health
        percent = "" if health.percent is None else f"{health.percent:.2f} %"
        next_at = view.found.next_run_at
        rows.append(
            [view.found.spec.nickname, str(view.status), percent, health.words, view.connection,
             view.found.last_run_at, next_at]
        )  # fmt: skip
    columns = ["import", "status", "health", "", "connection", "last run", "next run"]
    print_table("Imports", columns, rows)


def show_runs(services: Services, account_id: int, nickname: str, *, as_json: bool) -> None:
    """The runs of an import, the newest first."""
    found = import_named(services, account_id, nickname)
    page = list_import_runs(services, account_id, found.import_id)
    if as_json:
        print_json({"runs": [_run(run) for run in page.items]})
        return
    rows = [
        [run.run_id, str(run.status), run.rows_read, run.rows_new, run.rows_rejected,
         run.finished_at, run.error_message]
        for run in page.items
    ]  # fmt: skip
    columns = ["run", "status", "read", "new", "rejected", "ended", "error"]
    print_table(f"Runs of {nickname}", columns, rows)


def print_rejects(services: Services, account_id: int, run_id: int) -> None:
    """The rejected rows of a run, piece by piece."""
    rejected, shown = get_import_run(services, account_id, run_id).rows_rejected, False
    for piece in rejected_lines(services, account_id, run_id):
        sys.stdout.write(piece.decode())
        shown = True
    if rejected and not shown:
        errors.print(
            f"The {rejected:,} rejected rows were removed after 90 days; the run still says why."
        )


def _schedule(services: Services, account_id: int, every: str | None) -> Schedule:
    if every is None:
        return MANUAL
    read = _EVERY.fullmatch(every)
    if read is None:
        raise InvalidInput("Give how often as 15m or more, 1h or 1d.")
    zone = account_of(services, account_id).time_zone
    return new_schedule(_UNITS[read[2]], zone, services.clock(), every=int(read[1]))


def _connection(saved: SavedConnection) -> dict[str, Any]:
    return {
        "name": saved.name,
        "dataset": saved.place.url,
        "access": saved.access,
        "location": saved.location,
        "kind": saved.credentials.kind,
        "email": saved.credentials.email,
        "key_id": saved.credentials.key_id,
        "created_at": saved.created_at,
        "created_by": saved.created_by,
        "credentials_at": saved.credentials_at,
        "worked_at": saved.worked_at,
        "probed_at": saved.probed_at,
        "failing_since": saved.failing_since,
        "failure": saved.failure,
    }


def _import(view: ImportView) -> dict[str, Any]:
    found = view.found
    return {
        "nickname": found.spec.nickname,
        "status": view.status,
        "health": found.health.percent,
        "connection": view.connection,
        "next_run_at": found.next_run_at,
        "watermark": None if found.watermark is None else found.watermark.shown,
    }


def _run(run: Any) -> dict[str, Any]:
    names = ("run_id", "status", "rows_read", "rows_new", "rows_rejected", "rejected_by_reason",
             "error_reason", "error_message", "finished_at")  # fmt: skip
    return {name: getattr(run, name) for name in names}
