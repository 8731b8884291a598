"""Runs one window because somebody asked for it, to its end."""

from collections.abc import Callable
from time import perf_counter

from functions.local.differences import show_difference
from functions.local.exporting import show_delivered
from functions.local.local_runs import Delivered, queue_here, tick_and_drain, undelivered
from functions.local.output import print_json, where
from functions.local.runner import Runner
from shared.domain.members import COMMAND_LINE
from shared.domain.runs import RunStatus
from shared.errors import NotFound
from shared.jobs.frozen import names_of
from shared.jobs.recounts_view import difference_of
from shared.jobs.replay import replay_run
from shared.jobs.retry_run import retry_run
from shared.jobs.run_now import run_now
from shared.jobs.services import Services
from shared.state import run_lists, runs, slices
from shared.state.runs import Run


def run_one(services: Services, account_id: int, request_id: int, *, as_json: bool) -> None:
    """The next due window of an export."""
    _to_its_end(
        services, lambda: run_now(services, COMMAND_LINE, account_id, request_id), as_json=as_json
    )


def retry_one(
    services: Services, account_id: int, request_id: int, stamp: int, *, as_json: bool
) -> None:
    """The window of a run that failed."""
    run_id = _run_id(services, account_id, request_id, stamp)
    _to_its_end(
        services, lambda: retry_run(services, COMMAND_LINE, account_id, run_id), as_json=as_json
    )


def replay_one(
    services: Services, account_id: int, request_id: int, stamp: int, *, as_json: bool
) -> None:
    """A window that was delivered."""
    run_id = _run_id(services, account_id, request_id, stamp)
    made = _to_its_end(
        services, lambda: replay_run(services, COMMAND_LINE, account_id, run_id), as_json=as_json
    )
    if not as_json:
        show_difference(services, account_id, made.run_id)


def _run_id(services: Services, account_id: int, request_id: int, stamp: int) -> int:
    found = services.database.run(lambda c: run_lists.with_stamp(c, account_id, request_id, stamp))
    if found is None:
        raise NotFound(
            f"The export {request_id} has no run {stamp}; list its runs with the command runs."
        )
    return found.run_id


def difference_of_one(
    services: Services, account_id: int, request_id: int, stamp: int, *, as_json: bool
) -> None:
    """What a replay delivered else than before."""
    run_id = _run_id(services, account_id, request_id, stamp)
    if as_json:
        found = difference_of(services, account_id, run_id)
        print_json({"state": str(found.state), "comparison": found.result})
    else:
        show_difference(services, account_id, run_id)


def _to_its_end(services: Services, ask: Callable[[], Run], *, as_json: bool) -> Run:
    """Have the run recorded and published, then work until the queue is empty."""
    queue_here(services)
    started = perf_counter()
    asked = ask()
    with Runner(services) as runner:
        tick_and_drain(services, runner, f"Run {asked.stamp}", shown=not as_json)
    run = services.database.run(lambda c: runs.get(c, asked.account_id, asked.run_id))
    assert run is not None
    if run.status is not RunStatus.DONE:
        raise undelivered(run)
    files = services.database.run(lambda c: slices.list_files(c, run.account_id, run.run_id))
    bucket = run.spec.bucket if run.spec else ""
    manifest = where(bucket, names_of(run).manifest())
    result = Delivered(run, files, manifest, perf_counter() - started)
    if as_json:
        print_json(result.as_json())
    else:
        show_delivered(result)
    return run
