"""Recounts in state: when which day of an export is counted again, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.dialects import postgresql, sqlite

from shared.domain.exports import ExportSpec
from shared.domain.recounts import Completeness, RecountOutcome
from shared.domain.runs import RunKind, RunStatus
from shared.domain.windows import ONE_DAY, Window, first_instant
from shared.state import due_work
from shared.state.tables import recounts, runs


@dataclass(frozen=True, slots=True)
class Recount:
    """One day of an export."""

    export_id: int
    day: date
    account_id: int
    due_at: datetime | None
    attempt: int
    failures: int
    outcome: RecountOutcome | None
    error_reason: str | None
    recounted_at: datetime | None
    windows: int | None
    rows_delivered: int | None
    rows_counted: int | None
    rows_missed: int | None
    bytes_processed: int


@dataclass(frozen=True, slots=True)
class DayRun:
    """What a recount has to know of a run."""

    run_id: int
    account_id: int
    export_id: int
    kind: RunKind
    window: Window
    status: RunStatus
    stamp: int
    replaces_stamp: int | None
    finished_at: datetime | None
    spec: ExportSpec | None
    freeze_at: datetime | None
    snapshot_id: str | None
    slices_total: int | None
    rows_expected: int | None
    rows_duplicate: int | None
    ids_checksum: int | None


def expect(
    connection: Connection, account_id: int, export_id: int, day: date, due_at: datetime
) -> None:
    """Have the day recounted at this moment, unless it was recounted already."""
    values = {
        "account_id": account_id,
        "export_id": export_id,
        "day": day,
        "due_at": due_at,
        "attempt": 0,
        "failures": 0,
        "bytes_processed": 0,
    }
    build = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = build(recounts).values(**values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[recounts.c.export_id, recounts.c.day],
            set_={"due_at": statement.excluded.due_at},
            where=recounts.c.due_at.is_not(None),
        )
    )


def claim_next(connection: Connection, now: datetime, *, lease: timedelta) -> Recount | None:
    """The day that has been due for longest, claimed; None when none is due."""
    row = due_work.claim_next(connection, recounts, now, lease=lease)
    return None if row is None else _recount(row)


def settle(connection: Connection, claimed: Recount, **values: Any) -> bool:
    """Store what came of a claimed day; False when somebody else has taken it over."""
    key = (claimed.export_id, claimed.day)
    return due_work.settle(connection, recounts, key, claimed.attempt, **values)


def list_for_export(
    connection: Connection, account_id: int, export_id: int, *, limit: int
) -> list[Recount]:
    """The newest days of an export."""
    rows = connection.execute(
        select(recounts)
        .where(recounts.c.account_id == account_id, recounts.c.export_id == export_id)
        .order_by(recounts.c.day.desc())
        .limit(limit)
    )
    return [_recount(row) for row in rows]


def runs_of_day(
    connection: Connection, account_id: int, export_id: int, day: date, zone: str
) -> list[DayRun]:
    """All runs of the windows that begin on a local date, as they were recorded."""
    start_at, end_at = first_instant(day, zone), first_instant(day + ONE_DAY, zone)
    names = [name for name in DayRun.__dataclass_fields__ if name != "window"]
    rows = connection.execute(
        select(*(runs.c[name] for name in names), runs.c.window_start_at, runs.c.window_end_at)
        .where(
            runs.c.account_id == account_id,
            runs.c.export_id == export_id,
            # All of them: so that the index by status leads to the windows.
            runs.c.status.in_([str(status) for status in RunStatus]),
            runs.c.window_end_at > start_at,
            # No window is longer than a day, not even one of 25 hours that begins at its end.
            runs.c.window_end_at <= end_at + 2 * ONE_DAY,
            runs.c.window_start_at >= start_at,
            runs.c.window_start_at < end_at,
        )
        .order_by(runs.c.run_id)
    )
    return [_day_run(row) for row in rows]


def completeness(
    connection: Connection, account_id: int, export_ids: Sequence[int], *, since: date
) -> dict[int, Completeness]:
    """How much of what the recounts found each export has delivered, for days from `since` on.

    Exports without a recount are not among them.
    """
    if not export_ids:
        return {}
    counted = connection.execute(
        select(
            recounts.c.export_id,
            func.coalesce(func.sum(recounts.c.rows_counted), 0),
            func.coalesce(func.sum(recounts.c.rows_missed), 0),
            func.count(recounts.c.recounted_at),
        )
        .where(
            recounts.c.account_id == account_id,
            recounts.c.export_id.in_(export_ids),
            recounts.c.day >= since,
            recounts.c.rows_counted.is_not(None),
        )
        .group_by(recounts.c.export_id)
    ).all()
    added = connection.execute(
        select(runs.c.export_id, func.sum(runs.c.rows_expected + runs.c.rows_duplicate))
        .where(
            runs.c.account_id == account_id,
            runs.c.export_id.in_(export_ids),
            runs.c.status == str(RunStatus.DONE),
            runs.c.kind == str(RunKind.SUPPLEMENT),
            # An account's day begins up to 14 hours before that of UTC.
            runs.c.window_end_at > first_instant(since, "UTC") - ONE_DAY,
        )
        .group_by(runs.c.export_id)
    ).all()
    supplemented = {row[0]: int(row[1] or 0) for row in added}
    return {
        row[0]: Completeness(int(row[3]), int(row[1]), int(row[2]), supplemented.get(row[0], 0))
        for row in counted
    }


def _recount(row: Row[Any]) -> Recount:
    values = {name: row._mapping[name] for name in Recount.__dataclass_fields__}
    outcome = values["outcome"]
    return Recount(**values | {"outcome": None if outcome is None else RecountOutcome(outcome)})


def _day_run(row: Any) -> DayRun:
    values = dict(row._mapping)
    window = Window(values.pop("window_start_at"), values.pop("window_end_at"))
    values["kind"] = RunKind(values["kind"])
    values["status"] = RunStatus(values["status"])
    spec = values["spec"]
    values["spec"] = None if spec is None else ExportSpec.from_dict(spec)
    return DayRun(window=window, **values)
