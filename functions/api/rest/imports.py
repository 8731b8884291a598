"""Imports: what is brought in from connections, their runs, and the rows that were rejected."""

from functions.api.rest.import_answers import (
    ImportOut,
    ImportPage,
    ImportRunOut,
    ImportRunPage,
    MappingOut,
    import_out,
    import_run_out,
    mapping_out,
)
from functions.api.rest.import_models import (
    DryRunIn,
    ImportIn,
    ImportPath,
    ImportsQuery,
    NewImportIn,
    SourceIn,
    SuggestionIn,
    query_of,
)
from functions.api.rest.models import AccountPath, PageQuery, RepeatQuery
from functions.api.rest.routes import Call, Resource
from functions.api.rest.source_answers import DryRunOut, SourcePreviewOut, dry_run_out, preview_out
from shared.jobs import list_imports as lists
from shared.jobs import look_at_source as looks
from shared.jobs import manage_imports as jobs
from shared.jobs.lookup import account_of

imports = Resource(
    "Imports",
    "An import brings rows of a connection's table, view or SELECT into the warehouse as events "
    "or profiles: all of them at first, then what changed. Bad rows are rejected with reasons.",
)


@imports.get("/accounts/<id:account_id>/imports", "imports.list")
def list_imports(call: Call, path: AccountPath, query: ImportsQuery) -> ImportPage:
    """List the imports of an account, with their health.

    The newest first.
    """
    page = lists.list_imports(
        call.services,
        path.account_id,
        connection_id=query.connection_id,
        statuses=tuple(query.status),
        page_size=query.page_size,
        page_token=query.page_token,
    )
    return ImportPage(
        items=[import_out(view) for view in page.items], next_page_token=page.next_page_token
    )


@imports.post("/accounts/<id:account_id>/imports", "imports.create", 201)
def create_import(
    call: Call, path: AccountPath, query: RepeatQuery, body: NewImportIn
) -> ImportOut:
    """Create an import.

    With a mapping it is Ready, or Scheduled; a draft may still lack it.
    """
    zone = account_of(call.services, path.account_id).time_zone
    spec = body.spec(zone, call.services.clock())
    made = jobs.create_import(
        call.services, path.account_id, spec, start=not body.draft, actor=call.actor
    )
    return _shown(call, made.import_id)


@imports.get("/accounts/<id:account_id>/imports/<id:import_id>", "imports.get")
def get_import(call: Call, path: ImportPath) -> ImportOut:
    """Show an import."""
    return _shown(call, path.import_id)


@imports.put("/accounts/<id:account_id>/imports/<id:import_id>", "imports.edit")
def edit_import(call: Call, path: ImportPath, body: ImportIn) -> ImportOut:
    """Change an import that is not running.

    After a change of source or mapping the next run reads all again, and adds what is new. Events
    for which no column gives the event_id get one of their content: those that the new mapping
    changes are new events, and come once more.
    """
    zone = account_of(call.services, path.account_id).time_zone
    spec = body.spec(zone, call.services.clock())
    jobs.edit_import(call.services, path.account_id, path.import_id, spec, actor=call.actor)
    return _shown(call, path.import_id)


@imports.post("/accounts/<id:account_id>/imports/<id:import_id>:start", "imports.edit")
def start_import(call: Call, path: ImportPath) -> ImportOut:
    """Make a draft ready, or scheduled."""
    jobs.start_import(call.services, path.account_id, path.import_id, actor=call.actor)
    return _shown(call, path.import_id)


@imports.post("/accounts/<id:account_id>/imports/<id:import_id>:run", "imports.run", 201)
def run_import_now(call: Call, path: ImportPath, query: RepeatQuery) -> ImportRunOut:
    """Run an import now.

    A run that waits already does for this one; one that is under way is waited for.
    """
    run = jobs.run_import(call.services, path.account_id, path.import_id, actor=call.actor)
    return import_run_out(run)


@imports.post("/accounts/<id:account_id>/imports/<id:import_id>:pause", "imports.edit")
def pause_import(call: Call, path: ImportPath) -> ImportOut:
    """Pause an import.

    A run that is not being published ends; the next one reads what it would have.
    """
    jobs.pause_import(call.services, path.account_id, path.import_id, actor=call.actor)
    return _shown(call, path.import_id)


@imports.post("/accounts/<id:account_id>/imports/<id:import_id>:resume", "imports.edit")
def resume_import(call: Call, path: ImportPath) -> ImportOut:
    """Resume a paused import."""
    jobs.resume_import(call.services, path.account_id, path.import_id, actor=call.actor)
    return _shown(call, path.import_id)


@imports.post("/accounts/<id:account_id>/imports/<id:import_id>:stop", "imports.stop")
def stop_import(call: Call, path: ImportPath) -> ImportOut:
    """Stop an import for good.

    What it imported stays.
    """
    jobs.stop_import(call.services, path.account_id, path.import_id, actor=call.actor)
    return _shown(call, path.import_id)


@imports.get("/accounts/<id:account_id>/imports/<id:import_id>/runs", "imports.get")
def list_import_runs(call: Call, path: ImportPath, query: PageQuery) -> ImportRunPage:
    """List the runs of an import.

    The newest first.
    """
    page = lists.list_import_runs(
        call.services,
        path.account_id,
        path.import_id,
        page_size=query.page_size,
        page_token=query.page_token,
    )
    return ImportRunPage(
        items=[import_run_out(run) for run in page.items], next_page_token=page.next_page_token
    )


@imports.post("/accounts/<id:account_id>/imports:preview", "imports.preview")
def preview_source(call: Call, path: AccountPath, body: SourceIn) -> SourcePreviewOut:
    """Preview a source: its columns and some rows."""
    return preview_out(
        looks.preview_source(
            call.services, path.account_id, body.connection_id, query_of(body), actor=call.actor
        )
    )


@imports.post("/accounts/<id:account_id>/imports:suggest", "imports.preview")
def suggest_mapping(call: Call, path: AccountPath, body: SuggestionIn) -> MappingOut:
    """Suggest a mapping, from the names and types of the columns."""
    found = looks.suggest_mapping(
        call.services,
        path.account_id,
        body.connection_id,
        query_of(body),
        body.kind,
        actor=call.actor,
    )
    return mapping_out(found)


@imports.post("/accounts/<id:account_id>/imports:dry-run", "imports.preview")
def dry_run(call: Call, path: AccountPath, body: DryRunIn) -> DryRunOut:
    """Try a mapping on a sample, with a result per field.

    It cannot write: nothing is stored anywhere.
    """
    return dry_run_out(
        looks.dry_run(
            call.services,
            path.account_id,
            body.connection_id,
            query_of(body),
            body.mapping.mapping(),
            actor=call.actor,
        )
    )


def _shown(call: Call, import_id: int) -> ImportOut:
    return import_out(lists.get_import(call.services, call.account_id, import_id))
