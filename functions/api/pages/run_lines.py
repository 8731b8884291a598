"""A run as a line of a table."""

from dataclasses import dataclass

from functions.api.pages.states import State, of_run
from functions.api.pages.text import DASH, NONE, local, span, words
from shared.domain.runs import RunStatus
from shared.domain.windows import Window
from shared.state.run_lists import RunSummary


@dataclass(frozen=True, slots=True)
class RunLine:
    """What a table shows of a run."""

    id: int
    stamp: int
    kind: str
    status: State
    window: str
    rows: int
    bytes: int
    files: str
    late: str
    took: str
    error: str


def run_line(run: RunSummary, zone: str) -> RunLine:
    """The run on the clocks of its export's zone."""
    return RunLine(
        id=run.run_id,
        stamp=run.stamp,
        kind=words(run.kind),
        status=of_run(run.status),
        window=window_words(run.window, zone),
        rows=run.rows_written,
        bytes=run.bytes_written,
        files=f"{run.files_written:,}",
        late=NONE if run.rows_late is None else f"{run.rows_late:,}",
        took=NONE if run.duration is None else span(run.duration),
        error=run.error_message or "" if run.status is RunStatus.FAILED else "",
    )


def window_words(window: Window, zone: str) -> str:
    """From when to when; the end itself is not part of it."""
    start, end = local(window.start_at, zone), local(window.end_at, zone)
    same_day = start.split(",")[0] == end.split(",")[0]
    return f"{start} {DASH} {end.split(', ')[1] if same_day else end}"
