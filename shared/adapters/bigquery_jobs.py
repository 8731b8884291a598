"""Jobs of BigQuery under ids that we choose: asking again finds the job, it never runs it twice."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, BinaryIO
from uuid import uuid4

from google.api_core.exceptions import Conflict, NotFound
from google.api_core.retry import Retry
from google.cloud import bigquery

from shared.adapters.bigquery_errors import faults, is_transient, job_fault
from shared.adapters.bigquery_names import Place
from shared.adapters.bigquery_query import Job, Query, Step
from shared.config import BigQueryLimits
from shared.errors import OurFault, Transient

# BigQuery keeps the rows of a query for about a day.
ROWS_LIVE = timedelta(hours=20)
POLL_S = (0.1, 3.0)  # the first pause between two looks at a job, and the longest


class Jobs:
    """Starts jobs and looks after them; every call has a deadline and raises faults of ours."""

    def __init__(self, client: bigquery.Client, place: Place, limits: BigQueryLimits) -> None:
        self.client = client
        self.place = replace(place, slices_per_table=limits.slices_per_table)
        self.limits = limits
        # Each attempt, and all of them together.
        self.options: dict[str, Any] = {
            "timeout": limits.call_s,
            "retry": Retry(predicate=is_transient, initial=0.2, maximum=5, timeout=limits.call_s),
        }

    def ask(self, what: str, query: Query) -> list[bigquery.Row]:
        """The rows of a small query that is run afresh each time."""
        job = self.start(f"sluice-{what}-{uuid4().hex}", query)
        return list(self._rows(self._ended(job)))

    def answer(self, **queries: Query) -> tuple[list[Any], int]:
        """(Arrow tables, bytes processed) of queries whose answers never change, run at once.

        Whoever asks the same again, because he was killed or had to wait too long, gets the jobs
        that are there.
        """
        begun = [
            self.advance(
                f"sluice-{what}-{query.digest}", partial(self.start, query=query), usable=_has_rows
            )
            for what, query in queries.items()
        ]
        jobs = [self._ended(job) for job in begun]
        tables = [self.table_of(job) for job in jobs]
        return tables, sum(int(job.total_bytes_processed or 0) for job in jobs)

    def table_of(self, job: Job) -> Any:
        """The rows of a job as an Arrow table, once it has ended."""
        ended = self._ended(job)
        with faults(f"give the rows of the job {job.job_id}"):
            return self._rows(ended).to_arrow(create_bqstorage_client=False)

    def run(self, job_id: str, query: Query) -> Job:
        """Begin a statement under this id, or find it begun, and wait for its end."""
        return self._ended(self.start(job_id, query))

    def wait(self, job: Job) -> Job:
        """The job once it has ended; raises its fault, and Transient when it takes too long."""
        return self._ended(job)

    def advance(
        self,
        step: str,
        start: Callable[[str], Job],
        *,
        usable: Callable[[Job], bool] = lambda _: True,
    ) -> Job:
        """The step's job, started if there is none of use; a failed one is followed by the next.

        Raises the fault of a job that no repetition can mend, and OurFault after too many jobs.
        """
        found = self.newest(step, usable=usable)
        if found.job is not None and found.fault is None and _is_of_use(found.job, usable):
            return found.job
        if found.fault is not None and not isinstance(found.fault, Transient):
            raise found.fault
        if found.next_number >= self.limits.jobs_per_step:
            raise OurFault(
                f"{found.next_number} jobs named {step} failed or lost what they made.",
                reason="warehouse-job-keeps-failing",
            ) from found.fault
        return start(f"{step}-{found.next_number}")

    def newest(self, step: str, *, usable: Callable[[Job], bool] = lambda _: True) -> Step:
        """Follow the ids of a step, -0, -1, ..., as far as their jobs failed or are of no use."""
        job: Job | None = None
        for number in range(self.limits.jobs_per_step):
            found = self.get(f"{step}-{number}")
            if found is None:
                return Step(job, number)
            job = found
            if not job.error_result and _is_of_use(job, usable):
                return Step(job, number + 1)
        return Step(job, self.limits.jobs_per_step)

    def get(self, job_id: str) -> Job | None:
        """The job as it is now; None when there is none."""
        with faults(f"tell of the job {job_id}"):
            try:
                job: Job = self.client.get_job(job_id, location=self.place.location, **self.options)
            except NotFound:
                return None
        return job

    def start(self, job_id: str, query: Query) -> Job:
        """Begin a query under this id, or find it begun: by an attempt whose answer was lost."""
        config = bigquery.QueryJobConfig(
            query_parameters=list(query.parameters),
            labels={"app": "sluice", **query.labels},
            maximum_bytes_billed=self.limits.bytes_billed_max,
        )
        return self._begun(
            job_id,
            lambda: self.client.query(
                query.sql,
                job_id=job_id,
                job_config=config,
                job_retry=None,
                location=self.place.location,
                **self.options,
            ),
        )

    def load(
        self, job_id: str, content: BinaryIO, table: str, config: bigquery.LoadJobConfig
    ) -> Job:
        """Load a file into a table and wait for the end; the file is read from its start."""
        config.labels = {"app": "sluice", **(config.labels or {})}

        def begin() -> Job:
            return self.client.load_table_from_file(
                content,
                table,
                rewind=True,
                job_id=job_id,
                job_config=config,
                location=self.place.location,
                # Repeated below, and not by a library that knows no end.
                num_retries=0,
                timeout=self.limits.call_s,
            )

        return self._ended(self._begun(job_id, self.options["retry"](begin)))

    def _begun(self, job_id: str, begin: Callable[[], Job]) -> Job:
        with faults(f"begin the job {job_id}"):
            try:
                return begin()
            except Conflict:
                # The id is taken, by this very work: it is waited for, and not done again.
                pass
        found = self.get(job_id)
        if found is None:
            raise Transient(f"The job {job_id} is not to be seen yet.", reason="warehouse-busy")
        return found

    def _ended(self, job: Job) -> Job:
        give_up_at = time.monotonic() + self.limits.query_s
        pause_s = POLL_S[0]
        while job.state != "DONE":
            if time.monotonic() > give_up_at:
                raise Transient(
                    f"The job {job.job_id} still works after {self.limits.query_s:.0f} s; it is "
                    "asked for again.",
                    reason="warehouse-slow",
                )
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, POLL_S[1])
            with faults(f"tell of the job {job.job_id}"):
                job.reload(**self.options)
        if job.error_result:
            raise job_fault(job.error_result, f"finish the job {job.job_id}")
        return job

    def _rows(self, job: Job) -> Any:
        with faults(f"give the rows of the job {job.job_id}"):
            return job.result(job_retry=None, **self.options)


def _has_rows(job: Job) -> bool:
    """Whether the rows of a finished job can be had still."""
    return job.ended is not None and datetime.now(UTC) - job.ended < ROWS_LIVE


def _is_of_use(job: Job, usable: Callable[[Job], bool]) -> bool:
    return job.state != "DONE" or usable(job)
