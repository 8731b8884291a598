"""What an export has delivered, by event and by day, from the files of its delivered runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, func, select

from shared.domain.runs import RunKind, RunStatus
from shared.state.tables import files, runs


@dataclass(frozen=True, slots=True)
class DayCount:
    """What was delivered of one event and one of its days."""

    # Both None for profiles, whose day is that of their run.
    event_name: str | None
    event_date: date | None
    rows: int
    bytes: int
    files: int


def delivered_by_day(
    connection: Connection,
    account_id: int,
    export_id: int,
    *,
    first: date,
    ended_after: datetime,
    limit: int,
) -> list[DayCount]:
    """Up to `limit` counts of events by day from `first` on, those with most rows first.

    Runs whose windows ended before `ended_after` are not looked at; nor are replays, which deliver
    the same rows once more.
    """
    rows = connection.execute(
        select(
            files.c.event_name,
            files.c.event_date,
            func.sum(files.c.rows).label("row_count"),
            func.sum(files.c.bytes).label("byte_count"),
            func.count().label("file_count"),
        )
        .select_from(runs)
        .join(files, files.c.run_id == runs.c.run_id)
        .where(
            *_delivered(account_id, export_id, ended_after),
            files.c.account_id == account_id,
            files.c.event_date >= first,
        )
        .group_by(files.c.event_name, files.c.event_date)
        .order_by(func.sum(files.c.rows).desc())
        .limit(limit)
    )
    # Sums of whole numbers are decimals to PostgreSQL.
    return [
        DayCount(name, day, int(row_count), int(byte_count), file_count)
        for name, day, row_count, byte_count, file_count in rows.all()
    ]


def delivered_runs(
    connection: Connection,
    account_id: int,
    export_id: int,
    *,
    ended_after: datetime,
    limit: int,
) -> Sequence[tuple[datetime, int, int, int]]:
    """(window end, rows, bytes, files) of the newest delivered runs, replays left out."""
    rows = connection.execute(
        select(
            runs.c.window_end_at,
            runs.c.rows_written,
            runs.c.bytes_written,
            runs.c.files_written,
        )
        .where(*_delivered(account_id, export_id, ended_after))
        .order_by(runs.c.window_end_at.desc())
        .limit(limit)
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def _delivered(account_id: int, export_id: int, ended_after: datetime) -> list[ColumnElement[bool]]:
    return [
        runs.c.account_id == account_id,
        runs.c.export_id == export_id,
        runs.c.status == str(RunStatus.DONE),
        runs.c.window_end_at > ended_after,
        runs.c.kind != str(RunKind.REPLAY),
    ]
