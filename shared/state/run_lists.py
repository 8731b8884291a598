"""Lists of runs and files, page by page; summaries of runs without what is frozen in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select

from shared.domain.runs import RunKind, RunStatus
from shared.domain.windows import Window
from shared.state.files import FileRow
from shared.state.tables import files, runs


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What lists show of a run."""

    run_id: int
    account_id: int
    export_id: int
    kind: RunKind
    window: Window
    sequence: int
    stamp: int
    replaces_stamp: int | None
    status: RunStatus
    due_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    rows_expected: int | None
    rows_duplicate: int | None
    rows_late: int | None
    slices_total: int | None
    slices_open: int | None
    rows_written: int
    rows_rejected: int
    bytes_written: int
    files_written: int
    bytes_processed: int
    cost_usd: float
    error_reason: str | None
    error_message: str | None

    @property
    def duration(self) -> timedelta | None:
        """From the freeze to the end; None while it lasts."""
        if self.started_at is None or self.finished_at is None:
            return None
        return max(self.finished_at - self.started_at, timedelta(0))


class Outcome(NamedTuple):
    """What a sparkline shows of a run; a page has hundreds, so that they hold no more than that."""

    export_id: int
    run_id: int
    stamp: int
    kind: RunKind
    status: RunStatus
    window_end_at: datetime
    rows_written: int


OUTCOME = tuple(runs.c[name] for name in Outcome._fields)
# Specifications, schemas and manifests may be large, and no list shows them.
SUMMARY = (
    *(runs.c[name] for name in RunSummary.__dataclass_fields__ if name != "window"),
    runs.c.window_start_at,
    runs.c.window_end_at,
)


def summary_of(row: Row[Any]) -> RunSummary:
    """The summary in a row of the columns `SUMMARY`."""
    values = dict(row._mapping)
    window = Window(values.pop("window_start_at"), values.pop("window_end_at"))
    values["kind"] = RunKind(values["kind"])
    values["status"] = RunStatus(values["status"])
    return RunSummary(window=window, **values)


def by_ids(connection: Connection, account_id: int, ids: Sequence[int]) -> dict[int, RunSummary]:
    """The account's runs of these ids, by id."""
    if not ids:
        return {}
    rows = connection.execute(
        select(*SUMMARY).where(runs.c.account_id == account_id, runs.c.run_id.in_(ids))
    )
    return {row.run_id: summary_of(row) for row in rows.all()}


def page(
    connection: Connection, account_id: int, export_id: int, *, before: int | None, limit: int
) -> list[RunSummary]:
    """Up to `limit` runs of the export, the newest recorded first, older than run `before`."""
    conditions = [runs.c.account_id == account_id, runs.c.export_id == export_id]
    if before is not None:
        conditions.append(runs.c.run_id < before)
    rows = connection.execute(
        select(*SUMMARY).where(*conditions).order_by(runs.c.run_id.desc()).limit(limit)
    )
    return [summary_of(row) for row in rows.all()]


def oldest_waiting(
    connection: Connection, account_id: int, export_id: int, now: datetime
) -> int | None:
    """The run of the export's earliest window among those that are due and wait for a planner."""
    statement = (
        select(runs.c.run_id)
        .where(
            runs.c.account_id == account_id,
            runs.c.export_id == export_id,
            runs.c.status == str(RunStatus.PENDING),
            runs.c.due_at <= now,
        )
        .order_by(runs.c.window_end_at, runs.c.run_id)
        .limit(1)
    )
    return connection.scalar(statement)


def newest_delivered_end(
    connection: Connection, account_id: int, export_id: int
) -> datetime | None:
    """Where the latest window ends that was delivered; None when none was."""
    statement = select(func.max(runs.c.window_end_at)).where(
        runs.c.account_id == account_id,
        runs.c.export_id == export_id,
        runs.c.status == str(RunStatus.DONE),
    )
    found: datetime | None = connection.scalar(statement)
    return found


def with_stamp(
    connection: Connection, account_id: int, export_id: int, stamp: int
) -> RunSummary | None:
    """The run of the export that has this stamp."""
    row = connection.execute(
        select(*SUMMARY).where(
            runs.c.account_id == account_id,
            runs.c.export_id == export_id,
            runs.c.stamp == stamp,
        )
    ).one_or_none()
    return None if row is None else summary_of(row)


def stamps_taken(
    connection: Connection, account_id: int, export_id: int, stamps: Sequence[int]
) -> set[int]:
    """Which of these stamps runs of the export have."""
    statement = select(runs.c.stamp).where(
        runs.c.account_id == account_id,
        runs.c.export_id == export_id,
        runs.c.stamp.in_(stamps),
    )
    return set(connection.scalars(statement))


def of_window(
    connection: Connection, account_id: int, export_id: int, window_end_at: datetime
) -> list[RunSummary]:
    """All runs of the window that ends at this moment, in the order in which they were recorded."""
    rows = connection.execute(
        select(*SUMMARY)
        .where(
            runs.c.account_id == account_id,
            runs.c.export_id == export_id,
            runs.c.window_end_at == window_end_at,
            # All of them: so that the index by status leads to the window.
            runs.c.status.in_([str(status) for status in RunStatus]),
        )
        .order_by(runs.c.run_id)
    )
    return [summary_of(row) for row in rows]


def file_page(
    connection: Connection, account_id: int, run_id: int, *, after: str | None, limit: int
) -> list[FileRow]:
    """Up to `limit` files of the run by name, those behind the name `after`."""
    conditions = [files.c.account_id == account_id, files.c.run_id == run_id]
    if after is not None:
        conditions.append(files.c.name > after)
    columns = [files.c[name] for name in FileRow.__dataclass_fields__]
    rows = connection.execute(
        select(*columns).where(*conditions).order_by(files.c.name).limit(limit)
    )
    return [FileRow(**row._mapping) for row in rows]


def rows_by_event(connection: Connection, account_id: int, run_id: int) -> dict[str | None, int]:
    """How many rows of each event the run has delivered."""
    statement = (
        select(files.c.event_name, func.sum(files.c.rows).label("total"))
        .where(files.c.account_id == account_id, files.c.run_id == run_id)
        .group_by(files.c.event_name)
    )
    return {row.event_name: int(row.total) for row in connection.execute(statement)}
