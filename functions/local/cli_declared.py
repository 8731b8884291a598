"""The commands of sluice.yaml: plan shows what would change, apply changes it."""

from pathlib import Path
from typing import Annotated

import typer

from functions.local.cli_options import AsJson
from functions.local.cli_services import services_with_account

File = Annotated[Path, typer.Argument(help="sluice.yaml, or another file of its kind.")]


def plan(file: File, as_json: AsJson = False) -> None:
    """Show what `apply` would change.

    Nothing is changed; credentials and events that would be new are tried.
    """
    from functions.local.declaring import show_plan
    from functions.local.sluice_file import declared_in
    from shared.jobs.declared import check, plan_of

    declared = declared_in(file)
    services = services_with_account(declared.account_id)
    found = plan_of(services, declared)
    check(services, found)
    show_plan(found, file, as_json=as_json)


def apply(file: File, as_json: AsJson = False) -> None:
    """Make buckets, exports, connections and imports as the file says.

    All is checked before anything is changed. What the file does not name stays as it is.
    """
    from functions.local.declaring import show_applied
    from functions.local.sluice_file import declared_in
    from shared.jobs.declared import apply_plan, check, plan_of

    declared = declared_in(file)
    services = services_with_account(declared.account_id)
    found = plan_of(services, declared)
    check(services, found)
    show_applied(apply_plan(services, found), found, as_json=as_json)
