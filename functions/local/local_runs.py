"""Brings exports to their end on this machine: publish, drain, and tell how each run ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from time import perf_counter
from typing import Any

from functions.local.dead_leases import release_dead_leases
from functions.local.outcomes import Outcome
from functions.local.output import SliceProgress, where
from functions.local.runner import Runner
from shared.adapters.inline_queue import InlineQueue
from shared.domain.runs import RunStatus
from shared.errors import InvalidInput, OurFault, SluiceError, Transient
from shared.jobs.frozen import names_of
from shared.jobs.schedule import Tick, schedule
from shared.jobs.services import Services
from shared.state import runs, slices
from shared.state.runs import Run
from shared.state.slices import FileRow


@dataclass(frozen=True, slots=True)
class Delivered:
    """One run that was delivered, its files and its manifest's path."""

    run: Run
    files: Sequence[FileRow]
    manifest: str
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """What `export --json` prints."""
        return {
            "request_id": self.run.export_id,
            "run_stamp": self.run.stamp,
            "manifest": self.manifest,
            "files": [where(self._bucket, file.name) for file in self.files],
            "rows": self.run.rows_written,
            "rows_rejected": self.run.rows_rejected,
            "rows_duplicate": self.run.rows_duplicate,
            "bytes": self.run.bytes_written,
            "seconds": round(self.seconds, 3),
        }

    @property
    def _bucket(self) -> str:
        return self.run.spec.bucket if self.run.spec else ""


def queue_here(services: Services) -> InlineQueue:
    """The queue whose messages this process works off; raises InvalidInput for another one."""
    if not isinstance(services.queue, InlineQueue):
        raise InvalidInput(
            "QUEUE_URL names a queue whose messages go to deployed functions; unset it to let "
            "exports run on this machine."
        )
    return services.queue


def tick_and_drain(
    services: Services, runner: Runner, title: str, *, shown: bool
) -> tuple[Tick, list[Outcome]]:
    """One scheduler tick now, then everything queued until the queue is empty."""
    release_dead_leases(services)
    # Messages of the inline queue die with their process, so none is on its way now.
    limits = replace(services.limits, redeliver_after=timedelta(0))
    tick = schedule(replace(services, limits=limits), services.clock())
    queue = queue_here(services)
    with SliceProgress(title, shown=shown) as progress:
        given_up = runner.drain(queue.take(), progress)
    return tick, given_up


def delivered(services: Services, account_id: int, export_id: int, started: float) -> Delivered:
    """The newest run of the export; raises the run's own error when it was not delivered."""
    run = services.database.run(lambda c: runs.list_for_export(c, account_id, export_id))[-1]
    if run.status is not RunStatus.DONE:
        raise undelivered(run)
    files = services.database.run(lambda c: slices.list_files(c, account_id, run.run_id))
    bucket = run.spec.bucket if run.spec else ""
    manifest = where(bucket, names_of(run).manifest())
    return Delivered(run, files, manifest, perf_counter() - started)


def undelivered(run: Run) -> SluiceError:
    """Why a run was not delivered, and what to do next."""
    if run.status is RunStatus.FAILED:
        return OurFault(
            f"The export {run.export_id} failed ({run.error_reason}): {run.error_message}",
            reason=run.error_reason,
        )
    return Transient(
        f"The export {run.export_id} could not be finished for now (its run is {run.status}); "
        "mend what is reported above and run the command tick to go on.",
    )
