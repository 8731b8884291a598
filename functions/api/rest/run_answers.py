"""Runs and their files as the API answers with them."""

from datetime import date, datetime, timedelta
from typing import Any

from pydantic import Field, RootModel

from functions.api.rest.models import Output, Page
from functions.api.rest.reasons import ReasonOut, reason_out
from shared.domain.progress import Progress
from shared.domain.runs import RunKind, RunStatus
from shared.domain.windows import Window
from shared.jobs.runs_view import Difference, RunView
from shared.state.files import FileRow
from shared.state.run_lists import RunSummary


class WindowOut(Output):
    """A span of arrival times (or of event dates, for one time): start included, end not."""

    start_at: datetime
    end_at: datetime

    @classmethod
    def of(cls, window: Window) -> "WindowOut":
        """The window as it is answered."""
        return cls(start_at=window.start_at, end_at=window.end_at)


class RunOut(Output):
    """One delivery of one window."""

    run_id: int
    request_id: int = Field(description="The export that it belongs to.")
    kind: RunKind
    window: WindowOut
    stamp: int = Field(description="Stands in the names of its files.")
    replaces_stamp: int | None = Field(description="The run that it plans or delivers again.")
    status: RunStatus = Field(description="DONE means that its manifest is in the bucket.")
    due_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    duration_s: float | None
    rows_expected: int | None
    rows_written: int
    rows_rejected: int
    rows_duplicate: int | None
    rows_late: int | None
    bytes_written: int
    files_written: int
    slices_total: int | None
    slices_open: int | None
    bytes_processed: int = Field(description="What its queries read in the warehouse.")
    cost_usd: float = Field(description="An estimate of what they cost.")
    error_reason: str | None = Field(description="A stable code.", examples=["403-forbidden"])
    error_message: str | None
    error: ReasonOut | None = Field(description="What the code means, and what to do.")


class RunPage(Page[RunOut]):
    """One page of an export's runs."""


class ProgressOut(Output):
    """How far a run is."""

    slices_done: int
    slices_total: int | None
    rows_done: int
    rows_expected: int | None
    rows_per_s: float | None
    left_s: float | None = Field(description="Seconds that it will take, at the rate so far.")
    share: float | None = Field(description="From 0 to 1.")

    @classmethod
    def of(cls, progress: Progress) -> "ProgressOut":
        """The progress as it is answered."""
        return cls(
            slices_done=progress.slices_done,
            slices_total=progress.slices_total,
            rows_done=progress.rows_done,
            rows_expected=progress.rows_expected,
            rows_per_s=progress.rows_per_s,
            left_s=None if progress.left is None else progress.left.total_seconds(),
            share=progress.share,
        )


class EventDifference(Output):
    """Rows of one event that a replay has more; fewer are negative."""

    event_name: str | None = Field(description="Null for profiles.")
    rows: int


class DifferenceOut(Output):
    """What a replay delivered more than the first delivery; less is negative."""

    rows: int
    bytes: int
    files: int
    rows_by_event: list[EventDifference] = Field(description="Events whose rows differ.")

    @classmethod
    def of(cls, found: Difference) -> "DifferenceOut":
        """The difference as it is answered."""
        events = [
            EventDifference(event_name=name, rows=rows)
            for name, rows in sorted(found.rows_by_event.items(), key=lambda each: each[0] or "")
        ]
        return cls(rows=found.rows, bytes=found.bytes, files=found.files, rows_by_event=events)


class RunViewOut(RunOut):
    """A run with all that can be known of it."""

    progress: ProgressOut
    manifest_name: str | None = Field(description="Its object's name, once settings are frozen.")
    difference: DifferenceOut | None = Field(description="Of a replay, to the first delivery.")
    may_retry: bool
    may_replay: bool


class FileOut(Output):
    """One object in the bucket."""

    name: str
    event_name: str | None
    event_date: date | None
    file_index: int
    rows: int
    bytes: int
    uncompressed_bytes: int
    crc32c: str = Field(description="As Cloud Storage tells it, in base64.")
    sha256: str


class ManifestOut(RootModel[dict[str, Any]]):
    """The manifest: what was delivered, with counts and checksums."""


class FilePage(Page[FileOut]):
    """One page of a run's files."""


def run_out(run: RunSummary) -> RunOut:
    """A run in a list."""
    same = {
        name: getattr(run, name)
        for name in RunOut.model_fields
        if name not in ("request_id", "window", "duration_s", "error")
    }
    return RunOut(
        request_id=run.export_id,
        window=WindowOut.of(run.window),
        error=None if run.error_reason is None else reason_out(run.error_reason),
        duration_s=None if run.duration is None else run.duration / timedelta(seconds=1),
        **same,
    )


def run_view_out(view: RunView) -> RunViewOut:
    """A run alone."""
    return RunViewOut(
        **run_out(view.run).model_dump(),
        progress=ProgressOut.of(view.progress),
        manifest_name=view.manifest_name,
        difference=None if view.difference is None else DifferenceOut.of(view.difference),
        may_retry=view.may_retry,
        may_replay=view.may_replay,
    )


def file_out(file: FileRow) -> FileOut:
    """A file in a list."""
    return FileOut(**{name: getattr(file, name) for name in FileOut.model_fields})
