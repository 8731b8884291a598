"""The command that tells how to read an export's files."""

from dataclasses import asdict
from typing import Annotated

import typer

from functions.local.cli_options import AccountId, AsJson, RequestId
from functions.local.cli_services import local_services
from shared.domain.reader_kit import Tool


def reader_kit(
    request_id: RequestId,
    tool: Annotated[Tool | None, typer.Option(help="All of them unless one is chosen.")] = None,
    event: Annotated[
        str | None, typer.Option(help="BigQuery: only the statements for this event.")
    ] = None,
    account_id: AccountId = 1,
    as_json: AsJson = False,
) -> None:
    """Show how to read an export's files.

    Snippets for DuckDB, pandas, Spark and BigQuery that read exactly the files delivered.
    """
    from functions.local.output import console, print_json
    from shared.jobs.reader_kits import reader_kit_of

    kit = reader_kit_of(local_services(), account_id, request_id, event=event)
    if tool is not None:
        kit = kit.only(tool)
    if as_json:
        print_json(asdict(kit))
        return
    for snippet in kit.snippets:
        comment = "--" if snippet.language == "sql" else "#"
        console.print(f"{comment} {snippet.title}\n{snippet.text}\n", markup=False, soft_wrap=True)
    if tool is None:
        for note in kit.notes:
            console.print(f"* {note}", markup=False, soft_wrap=True)
