"""The commands that define exports: export, recurring, rename, edit, with all their options."""

from typing import Annotated

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
    SendTo,
)
from functions.local.cli_services import local_services, services_with_account
from functions.local.cli_values import dates, day, frequency, spec_choices
from functions.local.fork_server import begin_loading


def export(
    bucket: Bucket,
    from_: Annotated[
        str | None, typer.Option("--from", help="First local event date, YYYY-MM-DD.")
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
    send_to: SendTo = None,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Export once, to the end.

    Events of some dates, or all profiles as they are now.
    """
    begin_loading()
    from functions.local.exporting import export_once

    export_once(
        services_with_account(account_id),
        account_id,
        as_json=as_json,
        bucket=bucket,
        **dates(from_, to),
        **spec_choices(
            data_type=data_type,
            events=events,
            file_format=file_format,
            compression=compression,
            as_string=as_string,
            identity_priority=identity_priority,
            first_line=first_line,
            formula_guard=formula_guard,
            prefix=prefix,
            send_to=send_to,
        ),
    )


def recurring(
    bucket: Bucket,
    every: Annotated[str, typer.Option(help="4h to 24h; live, or 5m to 60m, for live.")],
    start: Annotated[str, typer.Option(help="First local date, from 12:00 a.m. on.")],
    file_format: FormatChoice = None,
    data_type: DataTypeChoice = None,
    events: Events = None,
    compression: Codec = None,
    as_string: AsString = None,
    identity_priority: Priority = None,
    first_line: FirstLine = None,
    formula_guard: FormulaGuard = None,
    prefix: Prefix = None,
    send_to: SendTo = None,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Make a recurring or live export.

    Prints its request id; the command tick lets its windows run.
    """
    from functions.local.exporting import make_recurring

    make_recurring(
        services_with_account(account_id),
        account_id,
        as_json=as_json,
        bucket=bucket,
        start_on=day(start),
        **frequency(every),
        **spec_choices(
            data_type=data_type,
            events=events,
            file_format=file_format,
            compression=compression,
            as_string=as_string,
            identity_priority=identity_priority,
            first_line=first_line,
            formula_guard=formula_guard,
            prefix=prefix,
            send_to=send_to,
        ),
    )


def rename(
    request_id: RequestId,
    name: Annotated[str, typer.Argument(help="Empty takes its name away.")],
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Give an export another name, by which sluice.yaml finds it."""
    from functions.local.exporting import rename_one

    rename_one(local_services(), account_id, request_id, name or None, as_json=as_json)


def edit(
    request_id: RequestId,
    bucket: Annotated[str | None, typer.Option(help="gs://NAME or file:///folder.")] = None,
    every: Annotated[str | None, typer.Option(help="4h to 24h; 5m to 60m for live.")] = None,
    file_format: FormatChoice = None,
    data_type: DataTypeChoice = None,
    events: Events = None,
    compression: Codec = None,
    as_string: AsString = None,
    identity_priority: Priority = None,
    first_line: FirstLine = None,
    formula_guard: FormulaGuard = None,
    prefix: Prefix = None,
    send_to: SendTo = None,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Change a recurring or live export from its next run on."""
    from functions.local.exporting import edit_one

    changes = spec_choices(
        data_type=data_type,
        events=events,
        file_format=file_format,
        compression=compression,
        as_string=as_string,
        identity_priority=identity_priority,
        first_line=first_line,
        formula_guard=formula_guard,
        prefix=prefix,
        send_to=send_to,
    )
    changes |= ({} if bucket is None else {"bucket": bucket}) | (
        {} if every is None else frequency(every)
    )
    edit_one(local_services(), account_id, request_id, changes, as_json=as_json)
