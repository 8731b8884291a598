"""Exports: list, look at, preview, make, edit, stop and run them."""

from functions.api.rest.choosing import check_bucket, chosen
from functions.api.rest.export_answers import (
    CountOut,
    CountsOut,
    ExportOut,
    ExportPage,
    ExportViewOut,
    export_out,
    row_out,
    view_out,
)
from functions.api.rest.export_models import (
    AgainIn,
    ExportChanges,
    ExportIn,
    NameIn,
)
from functions.api.rest.export_queries import CountsQuery, ExportPath, ExportsQuery
from functions.api.rest.made_answers import AgainOut, MadeOut, StoppedOut, again_out, made_out
from functions.api.rest.models import AccountPath, PageQuery, RepeatQuery
from functions.api.rest.preview_answers import PreviewOut, preview_out
from functions.api.rest.recount_answers import RecountsOut
from functions.api.rest.routes import Call, Resource
from functions.api.rest.run_answers import RunOut, RunPage, run_out
from shared.domain.choices import ExportStatus
from shared.jobs import list_exports as lists
from shared.jobs import manage_exports, preview, recounts_view, runs_view
from shared.jobs.create_again import create_again
from shared.jobs.rates import allow
from shared.jobs.rename_export import rename_export as rename
from shared.jobs.run_now import run_now

exports = Resource(
    "Exports",
    "An export says what to deliver, where to, how often and in which shape. Its id is the "
    "request id, which stands in the name of every file.",
)


@exports.get("/accounts/<id:account_id>/exports", "exports.list")
def list_exports(call: Call, path: AccountPath, query: ExportsQuery) -> ExportPage:
    """List exports, newest first."""
    page = lists.list_exports(
        call.services,
        path.account_id,
        query.wanted(),
        page_size=query.page_size,
        page_token=query.page_token,
    )
    return ExportPage(
        items=[row_out(row) for row in page.items], next_page_token=page.next_page_token
    )


@exports.post("/accounts/<id:account_id>/exports", "exports.create", 201)
def create_export(call: Call, path: AccountPath, query: RepeatQuery, body: ExportIn) -> MadeOut:
    """Create an export.

    A one-time export gets its run at once; others run window by window.
    """
    found = chosen(call, body)
    made = manage_exports.create_export(
        call.services, path.account_id, actor=call.actor, **found.choices
    )
    return made_out(made, found.notes)


@exports.post("/accounts/<id:account_id>/exports:preview", "exports.preview")
def preview_export(call: Call, path: AccountPath, body: ExportIn) -> PreviewOut:
    """Show what an export would deliver, before anything is created.

    Real first rows in the chosen format, file names, how much it would be, and what it would cost.
    """
    allow(call.services, path.account_id, call.actor, "preview")
    found = chosen(call, body)
    # What it would be called does not change what it would deliver.
    choices = {name: each for name, each in found.choices.items() if name != "name"}
    return preview_out(preview.preview(call.services, path.account_id, choices), found.notes)


@exports.get("/accounts/<id:account_id>/exports/<id:export_id>", "exports.get")
def get_export(call: Call, path: ExportPath) -> ExportViewOut:
    """Show an export, and how to find what it delivers."""
    return view_out(lists.get_export(call.services, path.account_id, path.export_id))


@exports.patch("/accounts/<id:account_id>/exports/<id:export_id>", "exports.edit")
def edit_export(call: Call, path: ExportPath, body: ExportChanges) -> ExportOut:
    """Edit a recurring or live export.

    It applies from the next run on; a live export's current window ends at once.
    """
    edited = manage_exports.edit_export(
        call.services,
        path.account_id,
        path.export_id,
        actor=call.actor,
        **chosen(call, body).choices,
    )
    return export_out(edited)


@exports.get("/accounts/<id:account_id>/exports/<id:export_id>/recounts", "runs.list")
def list_recounts(call: Call, path: ExportPath) -> RecountsOut:
    """Show how complete an export is.

    Each delivered day is counted again after 24 hours; rows that came late are then delivered by
    supplement runs.
    """
    found = recounts_view.recounts_of(call.services, path.account_id, path.export_id)
    return RecountsOut.of(found)


@exports.post("/accounts/<id:account_id>/exports/<id:export_id>:preview", "exports.preview")
def preview_edit(call: Call, path: ExportPath, body: ExportChanges) -> PreviewOut:
    """Show what an export would deliver after an edit.

    The next windows, before anything is changed.
    """
    allow(call.services, path.account_id, call.actor, "preview")
    changes = chosen(call, body).choices
    found = preview.preview_edit(call.services, path.account_id, path.export_id, changes)
    return preview_out(found)


@exports.post("/accounts/<id:account_id>/exports/<id:export_id>:rename", "exports.edit")
def rename_export(call: Call, path: ExportPath, body: NameIn) -> ExportOut:
    """Give an export another name.

    Whatever its status is; nothing that it delivers changes.
    """
    renamed = rename(call.services, path.account_id, path.export_id, body.name, actor=call.actor)
    return export_out(renamed)


@exports.post("/accounts/<id:account_id>/exports/<id:export_id>:stop", "exports.stop")
def stop_export(call: Call, path: ExportPath) -> StoppedOut:
    """Stop an export for good.

    A run in progress ends before its next file; what is undelivered is cancelled.
    """
    cancelled = manage_exports.stop_export(
        call.services, path.account_id, path.export_id, actor=call.actor
    )
    return StoppedOut(
        request_id=path.export_id, status=ExportStatus.STOPPED, runs_cancelled=cancelled
    )


@exports.post("/accounts/<id:account_id>/exports/<id:export_id>:run", "exports.run", 201)
def run_export(call: Call, path: ExportPath, query: RepeatQuery) -> RunOut:
    """Run the next due window at once.

    Windows are never moved: when none is due, it is refused and the answer says when one will be.
    """
    allow(call.services, path.account_id, call.actor, "run")
    made = run_now(call.services, call.actor, path.account_id, path.export_id)
    return run_out(runs_view.get_run(call.services, path.account_id, made.run_id).run)


@exports.post("/accounts/<id:account_id>/exports/<id:export_id>:createAgain", "exports.create", 201)
def create_export_again(call: Call, path: ExportPath, query: RepeatQuery, body: AgainIn) -> MadeOut:
    """Create an export again.

    With the same choices, changed by the body; a recurring one goes on from the last delivered
    window.
    """
    again = create_again(call.services, path.account_id, path.export_id)
    choices, changes = dict(again.choices), chosen(call, body).choices
    if "start_on" in changes:
        choices.pop("continue_from", None)
    check_bucket(call, choices | changes)
    made = manage_exports.create_export(
        call.services, path.account_id, actor=call.actor, **choices | changes
    )
    return made_out(made, again.notes)


@exports.get("/accounts/<id:account_id>/exports/<id:export_id>/again", "exports.create")
def show_export_again(call: Call, path: ExportPath) -> AgainOut:
    """Show what an export made again would be.

    Its choices and what to mind, before it is made.
    """
    return again_out(create_again(call.services, path.account_id, path.export_id))


@exports.get("/accounts/<id:account_id>/exports/<id:export_id>/runs", "runs.list")
def list_runs(call: Call, path: ExportPath, query: PageQuery) -> RunPage:
    """List the runs of an export, newest first."""
    page = runs_view.list_runs(
        call.services,
        path.account_id,
        path.export_id,
        page_size=query.page_size,
        page_token=query.page_token,
    )
    return RunPage(items=[run_out(run) for run in page.items], next_page_token=page.next_page_token)


@exports.get("/accounts/<id:account_id>/exports/<id:export_id>/counts", "exports.get")
def count_rows_by_day(call: Call, path: ExportPath, query: CountsQuery) -> CountsOut:
    """Count what an export delivered, by event and day."""
    found = runs_view.counts_by_day(call.services, path.account_id, path.export_id, days=query.days)
    return CountsOut(items=[CountOut.model_validate(count) for count in found])
