"""The commands of imports: create, list, run, pause, resume, stop, runs, rejects."""

from typing import Annotated

import typer

from functions.local.cli_options import AccountId, AsJson
from functions.local.cli_services import local_services
from shared.domain.import_mapping import Kind

app = typer.Typer(
    help="Import rows of connections as events or profiles.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Nickname = Annotated[str, typer.Argument(metavar="IMPORT", help="The import's nickname.")]
RunId = Annotated[int, typer.Argument(metavar="RUN", help="Id of the run, as `runs` shows it.")]


@app.command(epilog="Example: python main.py import create Orders Shop --table orders --every 1h")
def create(
    nickname: Nickname,
    connection: Annotated[str, typer.Argument(help="The connection's name.")],
    table: Annotated[str | None, typer.Option(help="Table or view of the dataset.")] = None,
    sql: Annotated[str | None, typer.Option(help="Or one SELECT.")] = None,
    kind: Annotated[Kind, typer.Option(help="What the rows become.")] = Kind.EVENTS,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", help="identity=COLUMN and so on, in place of what is suggested."),
    ] = None,
    event_name: Annotated[str | None, typer.Option(help="One name for all events.")] = None,
    every: Annotated[
        str | None, typer.Option(help="15m or more, 1h, 1d; by hand unless given.")
    ] = None,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Create an import, with a mapping suggested from names and types, and show it.

    A dry run on a sample tells what would be rejected.
    """
    from functions.local.importing import create_one

    create_one(
        local_services(),
        account_id,
        nickname,
        connection,
        table=table,
        sql=sql,
        kind=kind,
        mapping=mapping or [],
        event_name=event_name,
        every=every,
        as_json=as_json,
    )


@app.command("list", epilog="Example: python main.py import list")
def list_(account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """List the imports of an account with their health."""
    from functions.local.listing_imports import show_imports
    from shared.jobs.list_imports import list_imports

    show_imports(list_imports(local_services(), account_id).items, as_json=as_json)


@app.command(epilog="Example: python main.py import run Orders")
def run(nickname: Nickname, account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """Run an import now, and wait for its end.

    Exits with 1 when it fails.
    """
    from functions.local.fork_server import begin_loading

    begin_loading()
    from functions.local.importing import run_one

    run_one(local_services(), account_id, nickname, as_json=as_json)


@app.command(epilog="Example: python main.py import pause Orders")
def pause(nickname: Nickname, account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """Pause an import."""
    from functions.local.importing import move_one
    from shared.jobs.manage_imports import pause_import

    move_one(local_services(), account_id, nickname, pause_import, as_json=as_json)


@app.command(epilog="Example: python main.py import resume Orders")
def resume(nickname: Nickname, account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """Resume a paused import."""
    from functions.local.importing import move_one
    from shared.jobs.manage_imports import resume_import

    move_one(local_services(), account_id, nickname, resume_import, as_json=as_json)


@app.command(epilog="Example: python main.py import stop Orders")
def stop(nickname: Nickname, account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """Stop an import for good.

    What it imported stays.
    """
    from functions.local.importing import move_one
    from shared.jobs.manage_imports import stop_import

    move_one(local_services(), account_id, nickname, stop_import, as_json=as_json)


@app.command(epilog="Example: python main.py import runs Orders")
def runs(nickname: Nickname, account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """List the runs of an import."""
    from functions.local.listing_imports import show_runs

    show_runs(local_services(), account_id, nickname, as_json=as_json)


@app.command(epilog="Example: python main.py import rejects 7 > rejected.jsonl")
def rejects(run_id: RunId, account_id: AccountId = 1) -> None:
    """Print the rows that a run rejected, as JSON Lines with their reasons."""
    from functions.local.listing_imports import print_rejects

    print_rejects(local_services(), account_id, run_id)
