"""The command drill: what would happen if a bucket broke now."""

from typing import Annotated

import typer

from functions.local.cli_options import AccountId, AsJson
from functions.local.cli_services import services_with_account


def drill(
    breaks: Annotated[
        str,
        typer.Option(
            "--break",
            help="key, disabled, permission, bucket, retention, billing, address or organisation.",
        ),
    ] = "permission",
    mend_after: Annotated[
        int | None, typer.Option(help="Mend it after notice 1 or 2; never unless chosen.")
    ] = None,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Rehearse a failure.

    Makes a test export in a place of its own, breaks its bucket, runs the clock forward, and shows
    the e-mails as they would come. Real exports, buckets and recipients are not touched.
    """
    from functions.local.drilling import drill_here

    drill_here(services_with_account(account_id), account_id, breaks, mend_after, as_json=as_json)
