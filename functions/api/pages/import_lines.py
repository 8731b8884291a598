"""A run of an import as a line of a table, and how far one under way is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.api.pages.states import State, of_import_run
from functions.api.pages.text import NONE, number, span
from shared.domain.counted import counted
from shared.domain.import_states import ImportRunStatus
from shared.domain.watermarks import Watermark
from shared.state.import_runs import ImportRun

DOING = {
    ImportRunStatus.PENDING: "waiting for its turn",
    ImportRunStatus.READING: "reading and checking rows",
    ImportRunStatus.LANDED: "about to publish its rows",
    ImportRunStatus.PUBLISHING: "publishing its rows",
}


@dataclass(frozen=True, slots=True)
class ImportLine:
    """What a table shows of a run."""

    id: int
    status: State
    doing: str
    due_at: datetime
    asked_by: str
    read: str
    imported: str
    unchanged: str
    rejected: str
    took: str
    error: str


def import_line(run: ImportRun) -> ImportLine:
    """The run in words; what is not counted yet is a dash."""
    counted = run.status in (
        ImportRunStatus.DONE,
        ImportRunStatus.LANDED,
        ImportRunStatus.PUBLISHING,
    )
    failed = run.status in (ImportRunStatus.FAILED, ImportRunStatus.STOPPED)
    return ImportLine(
        id=run.run_id,
        status=of_import_run(run.status),
        doing=DOING.get(run.status, ""),
        due_at=run.due_at,
        asked_by=run.asked_by or "",
        read=number(run.rows_read) if counted or run.rows_read else NONE,
        imported=number(run.rows_new),
        unchanged=number(unchanged(run)),
        rejected=number(run.rows_rejected) if counted or run.rows_read else NONE,
        took=span(took(run)),
        error=run.error_message or "" if failed else "",
    )


def marked(watermark: Watermark) -> str:
    """Up to where rows were read; a moment in UTC, as the page says of all its times."""
    return watermark.shown.removesuffix("+00:00")


def unchanged(run: ImportRun) -> int | None:
    """Good rows that were in the warehouse already; None until they are published."""
    return None if run.rows_new is None else run.rows_read - run.rows_rejected - run.rows_new


def took(run: ImportRun) -> timedelta | None:
    """From its start to its end."""
    if run.started_at is None or run.finished_at is None:
        return None
    return run.finished_at - run.started_at


def progress_words(run: ImportRun, now: datetime) -> str:
    """How long it takes so far, and what is counted already."""
    if run.started_at is None:
        return f"Due {span(now - run.due_at)} ago." if run.due_at < now else "Due now."
    parts = [f"Since {span(now - run.started_at)}"]
    if run.rows_read:
        parts.append(f"{counted(run.rows_read, 'row')} read, {number(run.rows_rejected)} rejected")
    return ", ".join(parts) + "."
