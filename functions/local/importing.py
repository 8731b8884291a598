"""What the commands of imports do: create, run, pause, resume, stop."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import typer

from functions.local.cli_values import how_often
from functions.local.connecting import connection_named
from functions.local.listing_imports import import_named, run_shown
from functions.local.local_runs import tick_and_drain
from functions.local.output import console, errors, print_json, print_table
from functions.local.runner import Runner
from shared.domain.counted import counted
from shared.domain.import_mapping import EXTRA, Kind, Mapping
from shared.domain.import_schedules import MANUAL, Schedule
from shared.domain.import_specs import ImportSpec, SourceQuery
from shared.domain.import_states import ImportRunStatus
from shared.errors import InvalidInput
from shared.jobs.import_choices import new_schedule
from shared.jobs.list_imports import get_import_run
from shared.jobs.look_at_source import dry_run, suggest_mapping
from shared.jobs.lookup import account_of
from shared.jobs.manage_imports import create_import, run_import
from shared.jobs.services import Services
from shared.state.imports import Import


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
        f"{made.status}. Of a sample of {counted(tried.rows, 'row')} "
        f"{counted(tried.rows_rejected, 'is', 'are')} rejected."
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
        print_json(run_shown(run))
    elif run.status is ImportRunStatus.DONE:
        console.print(
            f"{counted(run.rows_read, 'row')} read, {run.rows_new or 0:,} new, "
            f"{run.rows_rejected:,} rejected."
        )
    else:
        errors.print(
            f"The run is {run.status}. {run.error_message or ''}", markup=False, soft_wrap=True
        )
    if run.status is not ImportRunStatus.DONE:
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


def _schedule(services: Services, account_id: int, every: str | None) -> Schedule:
    if every is None:
        return MANUAL
    when, number = how_often(every)
    zone = account_of(services, account_id).time_zone
    return new_schedule(when, zone, services.clock(), every=number)
