"""The commands that list what there is: exports, their runs, and names of events."""

from typing import Annotated

import typer

from functions.local.cli_options import AccountId, AsJson, PageSize, PageToken, RequestId
from functions.local.cli_services import local_services, services_with_account
from functions.local.cli_values import day
from shared.domain.exports import DataType, ExportStatus, Format, Frequency


def exports(
    status: Annotated[list[ExportStatus] | None, typer.Option(help="Repeat it for more.")] = None,
    data_type: Annotated[list[DataType] | None, typer.Option(help="Repeat it for more.")] = None,
    file_format: Annotated[
        list[Format] | None, typer.Option("--format", help="Repeat it for more.")
    ] = None,
    frequency: Annotated[list[Frequency] | None, typer.Option(help="Repeat it for more.")] = None,
    exported_from: Annotated[
        str | None, typer.Option(help="Had a run on this local date or later, YYYY-MM-DD.")
    ] = None,
    exported_to: Annotated[
        str | None, typer.Option(help="Had a run on this local date or earlier.")
    ] = None,
    bucket: Annotated[str | None, typer.Option(help="The bucket's exact address.")] = None,
    text: Annotated[
        str, typer.Option(help="Beginning of a request id, or a part of a bucket's name.")
    ] = "",
    page_size: PageSize = None,
    page_token: PageToken = None,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """List the exports of an account, newest first."""
    from functions.local.listing import show_exports
    from shared.domain.filters import ExportFilter
    from shared.jobs.list_exports import list_exports

    wanted = ExportFilter(
        data_types=tuple(data_type or ()),
        formats=tuple(file_format or ()),
        statuses=tuple(status or ()),
        frequencies=tuple(frequency or ()),
        exported_from=None if exported_from is None else day(exported_from),
        exported_to=None if exported_to is None else day(exported_to),
        bucket=bucket,
        text=text,
    )
    found = list_exports(
        services_with_account(account_id),
        account_id,
        wanted,
        page_size=page_size,
        page_token=page_token,
    )
    any_filter = wanted != ExportFilter() or page_token is not None
    show_exports(found, account_id, filtered=any_filter, as_json=as_json)


def runs(request_id: RequestId, account_id: AccountId = 1, as_json: AsJson = False) -> None:
    """List the runs of an export."""
    from functions.local.listing import list_runs

    list_runs(local_services(), account_id, request_id, as_json=as_json)


def event_names(
    prefix: Annotated[str, typer.Argument(help="Only names that begin so.")] = "",
    limit: Annotated[int, typer.Option(help="How many names at most.", min=1)] = 100,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """List the names of events that were loaded."""
    from functions.local.listing import show_names
    from shared.jobs import event_names as names

    services = services_with_account(account_id)
    found = names.event_names(services, account_id, prefix=prefix, limit=limit)
    show_names(found, as_json=as_json)
