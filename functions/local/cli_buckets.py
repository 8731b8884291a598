"""The commands of buckets: add, try, proof, list, test, rotate, remove."""

from typing import Annotated

import typer

from functions.local.cli_options import AccountId, AsJson, Impersonate, KeyFile
from functions.local.cli_services import local_services, services_with_account

app = typer.Typer(
    help="Save customers' buckets with their credentials, test, rotate and remove them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Url = Annotated[str, typer.Argument(metavar="gs://NAME", help="The bucket's exact name.")]
Name = Annotated[str, typer.Argument(metavar="BUCKET", help="gs://NAME or its nickname.")]


@app.command(epilog="Example: python main.py bucket add gs://partner-feed --key-file key.json")
def add(
    url: Url,
    nickname: Annotated[
        str | None, typer.Option(help="The bucket's name unless another is given.")
    ] = None,
    key_file: KeyFile = None,
    impersonate: Impersonate = None,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Save a bucket, once its credentials open it.

    Give a key file, or a service account that Sluice may act as.
    """
    from functions.local.saved_buckets import read_key_file, show_saved
    from shared.jobs.manage_buckets import add_bucket

    saved = add_bucket(
        services_with_account(account_id),
        account_id,
        url,
        nickname=nickname,
        key_file=read_key_file(key_file),
        impersonate=impersonate,
    )
    show_saved(saved, "saved", as_json=as_json)


@app.command("try", epilog="Example: python main.py bucket try gs://partner-feed --key-file k.json")
def try_(
    url: Url,
    key_file: KeyFile = None,
    impersonate: Impersonate = None,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Try credentials on a bucket and keep neither.

    Shows each step; exits with 1 when they do not let Sluice in.
    """
    from functions.local.saved_buckets import read_key_file, show_steps
    from shared.jobs.try_bucket import try_credentials

    steps = try_credentials(
        services_with_account(account_id),
        account_id,
        url,
        key_file=read_key_file(key_file),
        impersonate=impersonate,
    )
    show_steps(steps, as_json=as_json)


@app.command(epilog="Example: python main.py bucket proof")
def proof(account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """Show the text that proves whose a service account is.

    It goes into the description of the service account that Sluice acts as.
    """
    from functions.local.output import console, print_json
    from shared.jobs.bucket_credentials import ownership_proof

    text = ownership_proof(services_with_account(account_id), account_id)
    if as_json:
        print_json({"proof": text})
    else:
        console.print(text, markup=False)


@app.command("list", epilog="Example: python main.py bucket list")
def list_(account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """List the buckets of an account, never their keys."""
    from functions.local.saved_buckets import show_all
    from shared.jobs.manage_buckets import list_buckets

    services = local_services()
    show_all(list_buckets(services, account_id), services.clock(), as_json=as_json)


@app.command("test", epilog="Example: python main.py bucket test gs://partner-feed")
def probe(
    name: Name,
    write: Annotated[
        bool, typer.Option("--write", help="Leave a small test object there, and show each step.")
    ] = False,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Open a bucket as a run would.

    Exits with 1 when it does not let Sluice in. Only --write leaves anything in it.
    """
    from functions.local.saved_buckets import show_saved, show_steps
    from shared.jobs.manage_buckets import probe_bucket
    from shared.jobs.try_bucket import try_bucket

    if write:
        show_steps(try_bucket(local_services(), account_id, name, write=True), as_json=as_json)
        return
    show_saved(probe_bucket(local_services(), account_id, name), "works", as_json=as_json)


@app.command(epilog="Example: python main.py bucket rotate partner --key-file new-key.json")
def rotate(
    name: Name,
    key_file: KeyFile = None,
    impersonate: Impersonate = None,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Give a bucket new credentials, once they open it.

    The old key is destroyed here; revoke it at Google, too.
    """
    from functions.local.saved_buckets import read_key_file, show_saved
    from shared.jobs.manage_buckets import rotate_bucket

    saved = rotate_bucket(
        local_services(),
        account_id,
        name,
        key_file=read_key_file(key_file),
        impersonate=impersonate,
    )
    show_saved(saved, "has new credentials", as_json=as_json)


@app.command(epilog="Example: python main.py bucket remove partner")
def remove(name: Name, account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """Forget a bucket and destroy its key.

    Refused while an export that is not stopped uses it; what lies in the bucket stays.
    """
    from functions.local.saved_buckets import show_saved
    from shared.jobs.manage_buckets import remove_bucket

    show_saved(remove_bucket(local_services(), account_id, name), "removed", as_json=as_json)
