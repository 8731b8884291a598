"""What people see of runs: the history of an export, one run, its files, and counts by day."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from shared.domain.exports import ExportStatus
from shared.domain.pages import Page
from shared.domain.progress import Progress
from shared.domain.runs import RunKind, RunStatus
from shared.errors import NotFound
from shared.jobs.counts import DAYS_MAX, counts_by_day
from shared.jobs.frozen import names_of
from shared.jobs.lookup import existing_export
from shared.jobs.paging import Place, paged
from shared.jobs.progress import progress_of
from shared.jobs.services import Services
from shared.state import run_lists, runs
from shared.state.exports import Export
from shared.state.files import FileRow
from shared.state.run_lists import RunSummary
from shared.state.runs import Run

__all__ = [
    "DAYS_MAX",
    "Difference",
    "RunView",
    "counts_by_day",
    "existing_run",
    "get_manifest",
    "get_run",
    "is_last_failure",
    "list_files",
    "list_runs",
    "run_of",
]


@dataclass(frozen=True, slots=True)
class Difference:
    """What one delivery of a window has more than an earlier one; less is negative."""

    rows: int
    bytes: int
    files: int
    # Events whose rows differ; a name that is None stands for profiles.
    rows_by_event: Mapping[str | None, int]


@dataclass(frozen=True, slots=True)
class RunView:
    """One run with all that its page shows."""

    run: RunSummary
    export: Export
    progress: Progress
    # The name of its manifest; None until the run has frozen its settings.
    manifest_name: str | None
    # What this run was made to replace, and what is different once both are delivered.
    replaced: RunSummary | None
    difference: Difference | None
    may_retry: bool
    may_replay: bool


def list_runs(
    services: Services,
    account_id: int,
    export_id: int,
    *,
    page_size: int | None = None,
    page_token: str | None = None,
) -> Page[RunSummary]:
    """The runs of an export, the newest first; raises NotFound when there is no such export."""

    def fetch(connection: Connection, before: int | None, limit: int) -> list[RunSummary]:
        found = run_lists.page(connection, account_id, export_id, before=before, limit=limit)
        if not found:
            existing_export(connection, account_id, export_id)
        return found

    place = Place(f"runs:{account_id}:{export_id}", page_size, page_token)
    return paged(services, place, fetch, lambda run: run.run_id)


def get_run(services: Services, account_id: int, run_id: int) -> RunView:
    """The run; raises NotFound when the account has none of this id."""
    return services.database.run(lambda c: _view(c, services, existing_run(c, account_id, run_id)))


def get_manifest(services: Services, account_id: int, run_id: int) -> bytes | None:
    """The bytes of the run's manifest; None until it is written."""
    return run_of(services, account_id, run_id).manifest


def list_files(
    services: Services,
    account_id: int,
    run_id: int,
    *,
    page_size: int | None = None,
    page_token: str | None = None,
) -> Page[FileRow]:
    """The files of a run by name; raises NotFound when the account has no such run."""

    def fetch(connection: Connection, after: str | None, limit: int) -> list[FileRow]:
        if not run_lists.by_ids(connection, account_id, [run_id]):
            raise _no_run(account_id, run_id)
        return run_lists.file_page(connection, account_id, run_id, after=after, limit=limit)

    place = Place(f"files:{account_id}:{run_id}", page_size, page_token)
    return paged(services, place, fetch, lambda file: file.name)


def run_of(services: Services, account_id: int, run_id: int) -> Run:
    """The run; raises NotFound when the account has none of this id."""
    return services.database.run(lambda c: existing_run(c, account_id, run_id))


def existing_run(connection: Connection, account_id: int, run_id: int) -> Run:
    """The run; raises NotFound when the account has none of this id."""
    run = runs.get(connection, account_id, run_id)
    if run is None:
        raise _no_run(account_id, run_id)
    return run


def _no_run(account_id: int, run_id: int) -> NotFound:
    return NotFound(
        f"The account {account_id} has no run {run_id}; look at the runs of its exports."
    )


def _view(connection: Connection, services: Services, run: Run) -> RunView:
    account_id, export_id = run.account_id, run.export_id
    export = existing_export(connection, account_id, export_id)
    summary = run_lists.with_stamp(connection, account_id, export_id, run.stamp)
    assert summary is not None
    replaced = None
    if run.replaces_stamp is not None:
        replaced = run_lists.with_stamp(connection, account_id, export_id, run.replaces_stamp)
    window = run_lists.of_window(connection, account_id, export_id, run.window.end_at)
    live = export.status is not ExportStatus.STOPPED
    return RunView(
        run=summary,
        export=export,
        progress=progress_of(summary, services.clock()),
        manifest_name=None if run.spec is None else names_of(run).manifest(),
        replaced=replaced,
        difference=_difference(connection, summary, replaced),
        may_retry=live and is_last_failure(summary, window),
        may_replay=live and run.status is RunStatus.DONE,
    )


def is_last_failure(run: RunSummary | Run, window: list[RunSummary]) -> bool:
    """Whether the run failed and nothing was planned for its window since."""
    later = (each for each in window if each.kind is run.kind and each.sequence > run.sequence)
    return run.status is RunStatus.FAILED and next(later, None) is None


def _difference(
    connection: Connection, run: RunSummary, replaced: RunSummary | None
) -> Difference | None:
    if replaced is None or {run.status, replaced.status} != {RunStatus.DONE}:
        return None
    if run.kind is not RunKind.REPLAY:
        return None
    now, before = (
        run_lists.rows_by_event(connection, each.account_id, each.run_id)
        for each in (run, replaced)
    )
    changed = {name: now.get(name, 0) - before.get(name, 0) for name in {*now, *before}}
    return Difference(
        rows=run.rows_written - replaced.rows_written,
        bytes=run.bytes_written - replaced.bytes_written,
        files=run.files_written - replaced.files_written,
        rows_by_event={name: rows for name, rows in changed.items() if rows},
    )
