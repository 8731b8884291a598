"""What an export would deliver, and what one like another would be."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from functions.local.output import console, file_size, print_json, print_table
from shared.domain.counted import counted
from shared.jobs.create_again import create_again
from shared.jobs.manage_exports import create_export
from shared.jobs.preview import Preview
from shared.jobs.services import Services


def show_preview(found: Preview, *, as_json: bool) -> None:
    """The first rows as a file has them, then the figures."""
    if as_json:
        print_json(asdict(found) | {"spec": found.spec.to_dict()})
        return
    if found.shown.columns:
        print_table(found.shown.event_name or "Profiles", found.shown.columns, found.shown.rows)
    elif found.shown.text:
        console.print(found.shown.text.rstrip("\n"), markup=False, soft_wrap=True)
    else:
        console.print("There are no such rows yet.")
    for reason in found.shown.rejected:
        console.print(f"Would be rejected: {reason}", markup=False, soft_wrap=True)
    for name in found.file_names:
        console.print(f"File: {name}", markup=False, soft_wrap=True)
    if found.rows is not None and found.bytes is not None and found.files is not None:
        console.print(
            f"One run: {counted(found.rows, 'row')}, {counted(found.files, 'file')}, about "
            f"{file_size(found.bytes)};"
            f" reads {file_size(found.bytes_scanned)}, {found.cost_usd:.2f} USD."
        )
    for window in found.windows:
        console.print(
            f"Window: {window.start_at:%Y-%m-%d %H:%MZ} to {window.end_at:%Y-%m-%d %H:%MZ}"
        )
    for warning in found.warnings:
        console.print(f"Careful: {warning}", markup=False, soft_wrap=True)


def make_again(
    services: Services, account_id: int, request_id: int, *, make: bool, as_json: bool
) -> None:
    """The choices of the new export; made only when that is asked for."""
    found = create_again(services, account_id, request_id)
    export = create_export(services, account_id, **found.choices) if make else None
    made = None if export is None else export.export_id
    choices = {name: _shown(value) for name, value in found.choices.items()}
    if as_json:
        print_json({"request_id": made, "choices": choices, "notes": list(found.notes)})
        return
    title = f"Like export {request_id}"
    print_table(title, ["setting", "value"], [[k, str(v)] for k, v in choices.items()])
    for note in found.notes:
        console.print(f"* {note}", markup=False, soft_wrap=True)
    if made is None:
        console.print(f"Make it: python main.py create-again {request_id} --make")
    else:
        console.print(f"Request id {made}.")


def _shown(value: Any) -> Any:
    if isinstance(value, timedelta):
        return f"{value // timedelta(minutes=1)}m"
    return [str(each) for each in value] if isinstance(value, tuple) else value
