"""The command line: load data, export it, let windows run, look at what happened, verify."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from functions.local import (
    cli_access,
    cli_accounts,
    cli_buckets,
    cli_connections,
    cli_declared,
    cli_drill,
    cli_exports,
    cli_imports,
    cli_lists,
    cli_monitor,
    cli_reading,
    cli_runs,
    cli_sample,
    cli_serving,
    cli_telling,
)
from functions.local.cli_options import AccountId, AsJson, Now, RequestId
from functions.local.cli_services import local_services, services_with_account
from functions.local.cli_values import pairs, set_clock
from functions.local.fork_server import begin_loading
from shared.errors import InvalidInput, SluiceError

app = typer.Typer(
    name="sluice",
    help="Sluice delivers events and profiles as files that prove themselves.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


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
        services_with_account(account_id),
        kind,
        files,
        mapping=pairs(mapping or []),
        arrived=arrived,
        account_id=account_id,
        as_json=as_json,
    )


@app.command(epilog="Example: python main.py tick --now 2026-11-22T12:05:00Z")
def tick(
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """One scheduler tick, then all that is queued."""
    begin_loading()
    from functions.local.exporting import tick_once

    set_clock(now)
    tick_once(local_services(), as_json=as_json)


@app.command(epilog="Example: python main.py stop 1795348800")
def stop(request_id: RequestId, account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """Stop an export for good.

    What is undelivered is cancelled.
    """
    from functions.local.exporting import stop_one

    stop_one(local_services(), account_id, request_id, as_json=as_json)


@app.command("dead-letters", epilog="Example: python main.py dead-letters --json")
def dead_letters(as_json: AsJson = False) -> None:
    """List messages that were given up.

    The newest hundred. What they pointed to is driven on by the tick.
    """
    from functions.local.dead_letters import list_dead_letters

    list_dead_letters(local_services(), as_json=as_json)


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


app.command(epilog="Example: python main.py account --id 7 --zone Europe/Berlin")(
    cli_accounts.account
)
app.command(epilog="Example: python main.py exports --status PENDING")(cli_lists.exports)
app.command(epilog="Example: python main.py runs 1795348800")(cli_lists.runs)
app.command("event-names", epilog="Example: python main.py event-names Order")(
    cli_lists.event_names
)
app.add_typer(cli_buckets.app, name="bucket")
app.add_typer(cli_connections.app, name="connection")
app.add_typer(cli_imports.app, name="import")
app.add_typer(cli_access.members, name="members")
app.add_typer(cli_access.api_keys, name="api-keys")
app.add_typer(cli_telling.notices, name="notices")
app.add_typer(cli_telling.webhooks, name="webhooks")
app.command(epilog="Example: python main.py audit --action exports.create")(cli_access.audit)
app.command("run-now", epilog="Example: python main.py run-now 1795348800")(cli_runs.run_now)
app.command(epilog="Example: python main.py retry 1795348800 1795350000")(cli_runs.retry)
app.command(epilog="Example: python main.py replay 1795348800 1795350000")(cli_runs.replay)
app.command(epilog="Example: python main.py difference 1795348800 1795350000")(cli_runs.difference)
app.command("create-again", epilog="Example: python main.py create-again 1795348800 --make")(
    cli_runs.create_again
)
app.command(
    epilog="Example: python main.py preview --bucket file:///tmp/out --format csv "
    "--from 2026-11-01 --to 2026-11-07"
)(cli_runs.preview)
app.command(
    epilog="Example: python main.py export --bucket file:///tmp/out --format csv "
    "--from 2026-11-01 --to 2026-11-07"
)(cli_exports.export)
app.command(
    epilog="Example: python main.py recurring --bucket file:///tmp/out --every 4h "
    "--start 2026-11-20"
)(cli_exports.recurring)
app.command(epilog="Example: python main.py edit 1795348800 --every 6h --format csv")(
    cli_exports.edit
)
app.command(epilog="Example: python main.py rename 1795348800 shop-daily")(cli_exports.rename)
app.command("reader-kit", epilog="Example: python main.py reader-kit 1795348800 --tool duckdb")(
    cli_reading.reader_kit
)
app.command(epilog="Example: python main.py plan sluice.yaml")(cli_declared.plan)
app.command("apply", epilog="Example: python main.py apply sluice.yaml")(cli_declared.apply)
app.command(epilog="Example: python main.py sample")(cli_sample.sample)
app.command(epilog="Example: python main.py monitor")(cli_monitor.monitor)
app.command(epilog="Example: python main.py drill --break key --mend-after 2")(cli_drill.drill)
app.command(epilog="Example: python main.py incidents --export 1795348800")(cli_monitor.incidents)
app.command(epilog="Example: python main.py health --account 1")(cli_monitor.health)
app.command(epilog="Example: python main.py serve --port 8080")(cli_serving.serve)
