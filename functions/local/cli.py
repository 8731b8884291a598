"""The command line: load data, export it, let windows run, look at what happened, verify."""

import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from functions.local.cli_values import day, frequency, given, identifiers, moment, pairs, priority
from shared.domain.exports import (
    Account,
    Compression,
    DataType,
    Format,
    Frequency,
)
from shared.errors import InvalidInput, SluiceError
from shared.jobs.services import Services

app = typer.Typer(
    name="sluice",
    help="Sluice delivers events and profiles as files that prove themselves.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

AccountId = Annotated[int, typer.Option("--account", help="Account id.", min=0)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
RequestId = Annotated[int, typer.Argument(help="Request id of the export.")]


def main() -> None:
    """Run the command line; a wrong input is one sentence and exit code 2, never a traceback."""
    logging.basicConfig(format="%(message)s", level=logging.ERROR)
    try:
        app()
    except InvalidInput as error:
        sys.stderr.write(f"Error: {error.message}\n")
        sys.exit(2)
    except SluiceError as error:
        sys.stderr.write(f"Error: {error.message}\n")
        sys.exit(1)


@app.command(epilog="Example: python main.py account --id 7 --zone Europe/Berlin")
def account(
    account_id: Annotated[int, typer.Option("--id", help="Account id.", min=0)] = 1,
    database_id: Annotated[str | None, typer.Option(help="Stands in file names.")] = None,
    zone: Annotated[str | None, typer.Option(help="Time zone, such as Europe/Berlin.")] = None,
    identities: Annotated[
        str | None, typer.Option(help="Identifiers in use: email,identity,phone.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show an account, or change its settings."""
    from functions.local.output import print_json, print_table
    from shared.state import accounts

    services = _services()
    found = services.database.run(lambda c: accounts.get(c, account_id))
    before = found or _default_account(account_id)
    settings = Account(
        account_id=account_id,
        database_id=before.database_id if database_id is None else database_id,
        time_zone=before.time_zone if zone is None else zone,
        identifiers=before.identifiers if identities is None else identifiers(identities),
    )
    services.database.run(lambda c: accounts.put(c, settings))
    shown = {
        "account_id": settings.account_id,
        "database_id": settings.database_id,
        "time_zone": settings.time_zone,
        "identifiers": [str(name) for name in settings.identifiers],
    }
    if as_json:
        print_json(shown)
    else:
        print_table("Account", ["setting", "value"], [[k, str(v)] for k, v in shown.items()])


@app.command(epilog="Example: python main.py load events orders.csv --map event_name=type")
def load(
    kind: Annotated[str, typer.Argument(help="events or profiles.")],
    files: Annotated[list[Path], typer.Argument(help="Parquet, CSV(.gz) or JSON Lines(.gz).")],
    mapping: Annotated[
        list[str] | None, typer.Option("--map", help="column=source, once for each column.")
    ] = None,
    arrived: Annotated[
        str | None, typer.Option(help="Source column that holds the arrival time.")
    ] = None,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Load files into the warehouse.

    Columns are taken by name, other columns become properties. Bad rows are counted and written
    to a reject file. Loading a file twice changes nothing.
    """
    from functions.local.loading import load_files

    load_files(
        _services_with_account(account_id),
        kind,
        files,
        mapping=pairs(mapping or []),
        arrived=arrived,
        account_id=account_id,
        as_json=as_json,
    )


@app.command(
    epilog="Example: python main.py export --bucket file:///tmp/out --format csv "
    "--from 2026-11-01 --to 2026-11-07"
)
def export(
    bucket: Annotated[str, typer.Option(help="Where to: file:///folder.")],
    from_: Annotated[
        str | None, typer.Option("--from", help="First local event date, YYYY-MM-DD.")
    ] = None,
    to: Annotated[str | None, typer.Option(help="Last local event date, inclusive.")] = None,
    file_format: Annotated[Format, typer.Option("--format")] = Format.JSON,
    data_type: Annotated[DataType, typer.Option()] = DataType.ALL_EVENTS,
    event: Annotated[list[str] | None, typer.Option(help="For select_events; repeat it.")] = None,
    compression: Annotated[Compression | None, typer.Option()] = None,
    as_string: Annotated[bool, typer.Option(help="Write property values as strings.")] = False,
    identity_priority: Annotated[
        str | None, typer.Option(help="For several identifiers: email,identity,phone.")
    ] = None,
    first_line: Annotated[bool, typer.Option(help="JSON events: name on line 1.")] = True,
    formula_guard: Annotated[bool, typer.Option(help="CSV: ' before = + - @.")] = False,
    prefix: Annotated[str, typer.Option(help="Template in front of object names.")] = "",
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Export once, to the end.

    Events of some dates, or all profiles as they are now.
    """
    from functions.local.exporting import export_once

    export_once(
        _services_with_account(account_id),
        account_id,
        as_json=as_json,
        bucket=bucket,
        frequency=Frequency.ONE_TIME,
        data_type=data_type,
        events=tuple(event or ()),
        format=file_format,
        prefix=prefix,
        first_line=first_line,
        formula_guard=formula_guard,
        as_string=as_string,
        **given(
            start_on=None if from_ is None else day(from_),
            end_on=None if to is None else day(to),
            compression=compression,
            identity_priority=priority(identity_priority),
        ),
    )


@app.command(
    epilog="Example: python main.py recurring --bucket file:///tmp/out --every 4h "
    "--start 2026-11-20"
)
def recurring(
    bucket: Annotated[str, typer.Option(help="Where to: file:///folder.")],
    every: Annotated[str, typer.Option(help="4h to 24h; live, or 5m to 60m, for live.")],
    start: Annotated[str, typer.Option(help="First local date, from 12:00 a.m. on.")],
    file_format: Annotated[Format, typer.Option("--format")] = Format.JSON,
    data_type: Annotated[DataType, typer.Option()] = DataType.ALL_EVENTS,
    event: Annotated[list[str] | None, typer.Option(help="For select_events; repeat it.")] = None,
    compression: Annotated[Compression | None, typer.Option()] = None,
    as_string: Annotated[bool, typer.Option(help="Write property values as strings.")] = False,
    identity_priority: Annotated[
        str | None, typer.Option(help="For several identifiers: email,identity,phone.")
    ] = None,
    first_line: Annotated[bool, typer.Option(help="JSON events: name on line 1.")] = True,
    formula_guard: Annotated[bool, typer.Option(help="CSV: ' before = + - @.")] = False,
    prefix: Annotated[str, typer.Option(help="Template in front of object names.")] = "",
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Make a recurring or live export.

    Prints its request id; the command tick lets its windows run.
    """
    from functions.local.exporting import make_recurring

    make_recurring(
        _services_with_account(account_id),
        account_id,
        as_json=as_json,
        bucket=bucket,
        data_type=data_type,
        events=tuple(event or ()),
        format=file_format,
        start_on=day(start),
        prefix=prefix,
        first_line=first_line,
        formula_guard=formula_guard,
        as_string=as_string,
        **frequency(every),
        **given(compression=compression, identity_priority=priority(identity_priority)),
    )


@app.command(epilog="Example: python main.py tick --now 2026-11-22T12:05:00Z")
def tick(
    now: Annotated[
        str | None, typer.Option(help="Pretend that it is this time (RFC 3339).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """One scheduler tick, then all that is queued."""
    from functions.local.exporting import tick_once

    if now is not None:
        # Worker processes read the same variable, so that all clocks agree.
        os.environ["SLUICE_NOW"] = moment(now).isoformat()
    tick_once(_services(), as_json=as_json)


@app.command(epilog="Example: python main.py exports")
def exports(account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """List the exports of an account."""
    from functions.local.listing import list_exports

    list_exports(_services(), account_id, as_json=as_json)


@app.command(epilog="Example: python main.py runs 1795348800")
def runs(request_id: RequestId, account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """List the runs of an export."""
    from functions.local.listing import list_runs

    list_runs(_services(), account_id, request_id, as_json=as_json)


@app.command(epilog="Example: python main.py stop 1795348800")
def stop(request_id: RequestId, account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """Stop an export for good.

    What is undelivered is cancelled.
    """
    from functions.local.exporting import stop_one

    stop_one(_services(), account_id, request_id, as_json=as_json)


@app.command(epilog="Example: python main.py edit 1795348800 --every 6h --format csv")
def edit(
    request_id: RequestId,
    bucket: Annotated[str | None, typer.Option(help="Where to: file:///folder.")] = None,
    every: Annotated[str | None, typer.Option(help="4h to 24h; 5m to 60m for live.")] = None,
    file_format: Annotated[Format | None, typer.Option("--format")] = None,
    data_type: Annotated[DataType | None, typer.Option()] = None,
    event: Annotated[list[str] | None, typer.Option(help="For select_events; repeat it.")] = None,
    compression: Annotated[Compression | None, typer.Option()] = None,
    as_string: Annotated[bool | None, typer.Option(help="Values as strings.")] = None,
    identity_priority: Annotated[
        str | None, typer.Option(help="For several identifiers: email,identity,phone.")
    ] = None,
    first_line: Annotated[bool | None, typer.Option(help="JSON events: name on line 1.")] = None,
    formula_guard: Annotated[bool | None, typer.Option(help="CSV: ' before = + - @.")] = None,
    prefix: Annotated[str | None, typer.Option(help="Template before object names.")] = None,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Change a recurring or live export from its next run on."""
    from functions.local.exporting import edit_one

    changes = given(
        bucket=bucket,
        data_type=data_type,
        events=tuple(event) if event else None,
        format=file_format,
        compression=compression,
        prefix=prefix,
        first_line=first_line,
        formula_guard=formula_guard,
        as_string=as_string,
        identity_priority=priority(identity_priority),
    )
    changes |= {} if every is None else frequency(every)
    edit_one(_services(), account_id, request_id, changes, as_json=as_json)


@app.command(epilog="Example: python main.py verify file:///tmp/out")
def verify(
    target: Annotated[str, typer.Argument(help="A manifest or a folder: path or file:///...")],
    as_json: AsJson = False,
) -> None:
    """Check files against their manifests, offline.

    Exits with 1 when anything is wrong.
    """
    from functions.local.checking import verify_target

    verify_target(target, as_json=as_json)


@app.command(epilog="Example: python main.py demo")
def demo() -> None:
    """Try everything on sample data.

    Loads it, exports it in every format, once and in windows, and verifies it all.
    """
    from functions.local.demo import run_demo

    run_demo()


def _services() -> Services:
    from shared.bootstrap import services

    built = services()
    built.database.migrate()
    return built


def _services_with_account(account_id: int) -> Services:
    """Services with account 1 made on first use; other accounts are set up by `account`."""
    from shared.state import accounts

    built = _services()
    if account_id == 1 and built.database.run(lambda c: accounts.get(c, 1)) is None:
        built.database.run(lambda c: accounts.put(c, _default_account(1)))
    return built


def _default_account(account_id: int) -> Account:
    return Account(account_id=account_id, database_id=f"db{account_id}", time_zone="UTC")
