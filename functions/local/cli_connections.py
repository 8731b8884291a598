"""The commands of connections: add, list, test, rotate, remove."""

from typing import Annotated

import typer

from functions.local.cli_options import AccountId, AsJson, Impersonate, KeyFile
from functions.local.cli_services import local_services, services_with_account

app = typer.Typer(
    help="Connect customers' BigQuery datasets, or folders of files, to import from them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(metavar="CONNECTION", help="The connection's name.")]


@app.command(epilog="Example: python main.py connection add Shop file:///data/shop")
def add(
    name: Name,
    place: Annotated[
        str, typer.Argument(metavar="PROJECT.DATASET", help="Or file:///folder, on this machine.")
    ],
    key_file: KeyFile = None,
    impersonate: Impersonate = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Data Viewer is enough in place of Data Editor.")
    ] = False,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Save a connection, once it works.

    Give a key file, or a service account that Sluice may act as.
    """
    from functions.local.connecting import place_of, show_connection
    from functions.local.saved_buckets import read_key_file
    from shared.domain.connections import Access
    from shared.jobs.manage_connections import add_connection

    saved = add_connection(
        services_with_account(account_id),
        account_id,
        place_of(place),
        name=name,
        access=Access.READ_ONLY if read_only else Access.READ_WRITE,
        key_file=read_key_file(key_file),
        impersonate=impersonate,
    )
    show_connection(saved, "saved", as_json=as_json)


@app.command("list", epilog="Example: python main.py connection list")
def list_(account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """List the connections of an account, never their keys."""
    from functions.local.connecting import show_connections
    from shared.jobs.manage_connections import list_connections

    services = local_services()
    show_connections(list_connections(services, account_id).items, as_json=as_json)


@app.command("test", epilog="Example: python main.py connection test Shop")
def probe(name: Name, account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """Test a connection: project access, dataset validity, permissions.

    Exits with 1 when it does not work.
    """
    from functions.local.connecting import connection_named, show_results
    from shared.jobs.manage_connections import try_connection

    services = local_services()
    saved = connection_named(services, account_id, name)
    results = try_connection(services, account_id, saved.connection_id)
    show_results(results, as_json=as_json)


@app.command(epilog="Example: python main.py connection rotate Shop --key-file new-key.json")
def rotate(
    name: Name,
    key_file: KeyFile = None,
    impersonate: Impersonate = None,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Give a connection new credentials, once they work.

    The old key is destroyed here; revoke it at Google, too.
    """
    from functions.local.connecting import connection_named, show_connection
    from functions.local.saved_buckets import read_key_file
    from shared.jobs.manage_connections import rotate_connection

    services = local_services()
    saved = rotate_connection(
        services,
        account_id,
        connection_named(services, account_id, name).connection_id,
        key_file=read_key_file(key_file),
        impersonate=impersonate,
    )
    show_connection(saved, "has new credentials", as_json=as_json)


@app.command(epilog="Example: python main.py connection remove Shop --stop-imports")
def remove(
    name: Name,
    stop_imports: Annotated[
        bool, typer.Option("--stop-imports", help="Stop all its imports first.")
    ] = False,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Forget a connection and destroy its key.

    Refused while any of its imports is Ready, Scheduled, Paused or Running.
    """
    from functions.local.connecting import connection_named, show_connection
    from shared.jobs.manage_connections import remove_connection
    from shared.jobs.manage_imports import stop_all_imports

    services = local_services()
    connection_id = connection_named(services, account_id, name).connection_id
    if stop_imports:
        stop_all_imports(services, account_id, connection_id)
    saved = remove_connection(services, account_id, connection_id)
    show_connection(saved, "removed", as_json=as_json)
