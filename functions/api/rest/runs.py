"""Runs and files: what was delivered, and delivering it once more."""

from pydantic import Field

from functions.api.rest.models import ID_MAX, AccountPath, PageQuery, RepeatQuery
from functions.api.rest.recount_answers import ReplayDifferenceOut
from functions.api.rest.routes import Call, Resource
from functions.api.rest.run_answers import (
    FilePage,
    ManifestOut,
    RunOut,
    RunViewOut,
    file_out,
    run_out,
    run_view_out,
)
from shared.errors import NotFound
from shared.jobs import recounts_view, replay, retry_run, runs_view
from shared.jobs.rates import allow

runs = Resource(
    "Runs and files",
    "A run is one delivery of one window. Its manifest, written last, proves that every row was "
    "delivered or rejected; its files are listed with sizes and checksums.",
)


class RunPath(AccountPath):
    """The address of a run."""

    run_id: int = Field(
        ge=1, le=ID_MAX, description="The run's id.", json_schema_extra={"example": 1}
    )


@runs.get("/accounts/<id:account_id>/runs/<id:run_id>", "runs.get")
def get_run(call: Call, path: RunPath) -> RunViewOut:
    """Show a run."""
    return run_view_out(runs_view.get_run(call.services, path.account_id, path.run_id))


@runs.get("/accounts/<id:account_id>/runs/<id:run_id>/manifest", "runs.get")
def get_manifest(call: Call, path: RunPath) -> ManifestOut:
    """Show the manifest of a run, as it lies in the bucket.

    It is written last: until the run is DONE there is none.
    """
    content = runs_view.get_manifest(call.services, path.account_id, path.run_id)
    if content is None:
        raise NotFound(f"The run {path.run_id} has no manifest: it is written when all is done.")
    return ManifestOut.model_validate_json(content)


@runs.get("/accounts/<id:account_id>/runs/<id:run_id>/files", "files.list")
def list_files(call: Call, path: RunPath, query: PageQuery) -> FilePage:
    """List the files of a run.

    By name; manifest and reject files are not among them.
    """
    page = runs_view.list_files(
        call.services,
        path.account_id,
        path.run_id,
        page_size=query.page_size,
        page_token=query.page_token,
    )
    return FilePage(
        items=[file_out(file) for file in page.items], next_page_token=page.next_page_token
    )


@runs.get("/accounts/<id:account_id>/runs/<id:run_id>/difference", "runs.get")
def get_difference(call: Call, path: RunPath) -> ReplayDifferenceOut:
    """Show what a replay delivered else than before.

    By event and file, row by row where both deliveries are known still. It is made once the replay
    is DONE.
    """
    found = recounts_view.difference_of(call.services, path.account_id, path.run_id)
    return ReplayDifferenceOut.of(found)


@runs.post("/accounts/<id:account_id>/runs/<id:run_id>:retry", "runs.retry", 201)
def retry_failed_run(call: Call, path: RunPath, query: RepeatQuery) -> RunOut:
    """Plan a failed run afresh, under a new stamp."""
    allow(call.services, path.account_id, call.actor, "run")
    made = retry_run.retry_run(call.services, call.actor, path.account_id, path.run_id)
    return _summary(call, made.run_id)


@runs.post("/accounts/<id:account_id>/runs/<id:run_id>:replay", "runs.replay", 201)
def replay_delivered_run(call: Call, path: RunPath, query: RepeatQuery) -> RunOut:
    """Deliver a delivered window once more, under a new stamp.

    What was delivered stays; the new run tells the difference to it.
    """
    allow(call.services, path.account_id, call.actor, "run")
    made = replay.replay_run(call.services, call.actor, path.account_id, path.run_id)
    return _summary(call, made.run_id)


def _summary(call: Call, run_id: int) -> RunOut:
    return run_out(runs_view.get_run(call.services, call.account_id, run_id).run)
