"""The commands that make exports run: once, recurring, tick, edit, stop."""

from time import perf_counter
from typing import Any

from functions.local.local_runs import Delivered, delivered, queue_here, tick_and_drain
from functions.local.output import console, errors, file_size, print_json, print_table, where
from functions.local.runner import Runner
from shared.domain.counted import counted
from shared.domain.exports import DataType, Frequency
from shared.domain.search_hints import listing_command
from shared.errors import Transient
from shared.jobs.manage_exports import create_export, edit_export, stop_export
from shared.jobs.rename_export import rename_export
from shared.jobs.services import Services
from shared.state.exports import Export

FILES_SHOWN = 40


def export_once(services: Services, account_id: int, *, as_json: bool, **choices: Any) -> None:
    """A one-time export to its end."""
    queue_here(services)
    started = perf_counter()
    choices.setdefault("data_type", DataType.ALL_EVENTS)
    export = create_export(services, account_id, frequency=Frequency.ONE_TIME, **choices)
    with Runner(services) as runner:
        tick_and_drain(services, runner, f"Export {export.export_id}", shown=not as_json)
    result = delivered(services, account_id, export.export_id, started)
    if as_json:
        print_json(result.as_json())
    else:
        show_delivered(result)


def make_recurring(services: Services, account_id: int, *, as_json: bool, **choices: Any) -> None:
    """A recurring or live export; windows that are due already run with the next tick."""
    choices.setdefault("data_type", DataType.ALL_EVENTS)
    export = create_export(services, account_id, **choices)
    if as_json:
        print_json({"request_id": export.export_id, "next_due_at": export.next_due_at})
        return
    console.print(f"Request id {export.export_id}; its first window is due at {_due(export)}.")
    listing = listing_command(export.spec, account_id, export.export_id)
    console.print(f"All its files: {listing}", soft_wrap=True)
    console.print("Run the command tick to deliver the windows that are due.")


def tick_once(services: Services, *, as_json: bool) -> None:
    """One tick and all that it causes; messages given up are an error."""
    queue_here(services)
    with Runner(services) as runner:
        tick, given_up = tick_and_drain(services, runner, "Tick", shown=not as_json)
    content = {
        "runs_recorded": tick.runs_recorded,
        "runs_published": tick.runs_published,
        "slices_published": tick.slices_published,
        "imports_published": tick.imports_published,
        "given_up": len(given_up),
    }
    if as_json:
        print_json(content)
    else:
        imported = ""
        if tick.imports_published:
            imported = f" {counted(tick.imports_published, 'import runs', 'imports run')}."
        console.print(
            f"{counted(tick.runs_recorded, 'window')} recorded, "
            f"{counted(tick.runs_published, 'run')} published, "
            f"{counted(tick.slices_published, 'slice')} published again.{imported}"
        )
    if given_up:
        reasons = ", ".join(sorted({outcome.text for outcome in given_up}))
        raise Transient(
            f"{counted(len(given_up), 'message was', 'messages were')} given up after several "
            f"attempts ({reasons}); mend the cause and tick again."
        )


def edit_one(
    services: Services,
    account_id: int,
    request_id: int,
    changes: dict[str, Any],
    *,
    as_json: bool,
) -> None:
    """Change an export from its next run on."""
    export = edit_export(services, account_id, request_id, **changes)
    if as_json:
        print_json({"request_id": export.export_id, "next_due_at": export.next_due_at})
    else:
        console.print(f"Export {export.export_id} updated; next window due at {_due(export)}.")


def rename_one(
    services: Services, account_id: int, request_id: int, name: str | None, *, as_json: bool
) -> None:
    """Call an export otherwise."""
    export = rename_export(services, account_id, request_id, name)
    if as_json:
        print_json({"request_id": export.export_id, "name": export.name})
    else:
        told = f"is called {export.name}" if export.name else "has no name any more"
        console.print(f"Export {export.export_id} {told}.", markup=False, soft_wrap=True)


def stop_one(services: Services, account_id: int, request_id: int, *, as_json: bool) -> None:
    """Stop an export for good."""
    cancelled = stop_export(services, account_id, request_id)
    if as_json:
        print_json({"request_id": request_id, "status": "STOPPED", "runs_cancelled": cancelled})
    else:
        console.print(f"Export {request_id} stopped; {cancelled} undelivered runs cancelled.")


def show_delivered(result: Delivered) -> None:
    """A table of the files and where they lie."""
    run = result.run
    bucket = run.spec.bucket if run.spec else ""
    rows = [
        [where(bucket, file.name), file.rows, file_size(file.bytes)]
        for file in result.files[:FILES_SHOWN]
    ]
    title = f"Export {run.export_id}, run {run.stamp}"
    print_table(title, ["file", "rows", "size"], rows)
    if len(result.files) > FILES_SHOWN:
        console.print(f"... and {counted(len(result.files) - FILES_SHOWN, 'more file')}.")
    console.print(
        f"{counted(run.rows_written, 'row')} in {counted(len(result.files), 'file')}, "
        f"{file_size(run.bytes_written)}, in {result.seconds:.1f} s."
    )
    if run.rows_rejected:
        errors.print(
            f"{counted(run.rows_rejected, 'row was', 'rows were')} rejected; "
            "see _rejects in the bucket."
        )
    console.print(f"Manifest: {result.manifest}", soft_wrap=True)
    if run.spec is not None:
        listing = listing_command(run.spec, run.account_id, run.export_id)
        console.print(f"All its files: {listing}", soft_wrap=True)


def _due(export: Export) -> str:
    return "" if export.next_due_at is None else export.next_due_at.isoformat()
