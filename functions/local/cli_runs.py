"""The commands that run a window by hand, look before anything is made, and make an export anew."""

from typing import Annotated, Any

import typer

from functions.local.cli_options import (
    AccountId,
    AsJson,
    AsString,
    Bucket,
    Codec,
    DataTypeChoice,
    Events,
    FirstLine,
    FormatChoice,
    FormulaGuard,
    Prefix,
    Priority,
    RequestId,
)
from functions.local.cli_services import local_services, services_with_account
from functions.local.cli_values import dates, frequency, spec_choices
from functions.local.fork_server import begin_loading
from shared.domain.exports import DataType, Frequency

Stamp = Annotated[int, typer.Argument(help="The run's stamp, which the command runs shows.")]


def run_now(request_id: RequestId, account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """Deliver the next due window of an export at once.

    Windows are the same as if nobody had asked.
    """
    begin_loading()
    from functions.local.rerunning import run_one

    run_one(local_services(), account_id, request_id, as_json=as_json)


def retry(
    request_id: RequestId, stamp: Stamp, account_id: AccountId = 1, as_json: AsJson = False
) -> None:
    """Deliver the window of a run that failed, with the export's current settings."""
    begin_loading()
    from functions.local.rerunning import retry_one

    retry_one(local_services(), account_id, request_id, stamp, as_json=as_json)


def replay(
    request_id: RequestId, stamp: Stamp, account_id: AccountId = 1, as_json: AsJson = False
) -> None:
    """Deliver a delivered window again, under a new stamp.

    Nothing that was delivered is touched.
    """
    begin_loading()
    from functions.local.rerunning import replay_one

    replay_one(local_services(), account_id, request_id, stamp, as_json=as_json)


def difference(
    request_id: RequestId, stamp: Stamp, account_id: AccountId = 1, as_json: AsJson = False
) -> None:
    """Show what a replay delivered else than before.

    By file and event, row by row where both deliveries are known still.
    """
    from functions.local.rerunning import difference_of_one

    difference_of_one(local_services(), account_id, request_id, stamp, as_json=as_json)


def create_again(
    request_id: RequestId,
    make: Annotated[bool, typer.Option("--make", help="Make it; else it is only shown.")] = False,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Make an export like another one.

    It goes on where that one has come to.
    """
    from functions.local.looking_ahead import make_again

    make_again(local_services(), account_id, request_id, make=make, as_json=as_json)


def preview(
    bucket: Bucket,
    every: Annotated[
        str | None, typer.Option(help="4h to 24h; live, or 5m to 60m; once unless chosen.")
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", "--start", help="First local date, YYYY-MM-DD.")
    ] = None,
    to: Annotated[str | None, typer.Option(help="Last local event date, inclusive.")] = None,
    file_format: FormatChoice = None,
    data_type: DataTypeChoice = None,
    events: Events = None,
    compression: Codec = None,
    as_string: AsString = None,
    identity_priority: Priority = None,
    first_line: FirstLine = None,
    formula_guard: FormulaGuard = None,
    prefix: Prefix = None,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Show what an export would deliver, before it is made.

    Its first rows, names, sizes, windows and cost.
    """
    from functions.local.looking_ahead import show_preview
    from shared.jobs.preview import preview as look

    kind: dict[str, Any] = {"frequency": Frequency.ONE_TIME} if every is None else frequency(every)
    choices = spec_choices(
        data_type=data_type or DataType.ALL_EVENTS,
        events=events,
        file_format=file_format,
        compression=compression,
        as_string=as_string,
        identity_priority=identity_priority,
        first_line=first_line,
        formula_guard=formula_guard,
        prefix=prefix,
    )
    choices |= kind | dates(from_, to) | {"bucket": bucket}
    show_preview(look(services_with_account(account_id), account_id, choices), as_json=as_json)
