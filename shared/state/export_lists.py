"""Lists of exports, page by page, and what a page shows of their runs: one query for each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from shared.domain.filters import ExportFilter
from shared.domain.runs import RunKind, RunStatus
from shared.domain.windows import Window
from shared.state.export_rows import Export, bucket_hash, export_of_row
from shared.state.export_search import Search
from shared.state.run_lists import OUTCOME, Outcome
from shared.state.tables import exports, runs

# Kinds of runs that carry the windows of an export forward; others deliver some of them again.
SCHEDULED = (RunKind.FIRST, RunKind.INCREMENTAL, RunKind.ONE_TIME)
# Hundreds of rows are read for one page: looking words up is what takes least.
_KINDS = {str(each): each for each in RunKind}
_STATUSES = {str(each): each for each in RunStatus}
# Made once: aliases of so many columns cost more than all else of their statement.
_OLDER, _MISSING, _DONE = runs.alias("older"), runs.alias("missing"), runs.alias("done")


def page(
    connection: Connection,
    account_id: int,
    wanted: ExportFilter,
    *,
    ran: Window | None,
    search: Search | None,
    before: int | None,
    limit: int,
) -> list[Export]:
    """Up to `limit` exports of the account that match, newest first, older than `before`.

    `ran` is the span in which an export must have had a run, `search` what it must be found by;
    None where that does not matter.
    """
    conditions = [exports.c.account_id == account_id, *_chosen(wanted)]
    if before is not None:
        conditions.append(exports.c.export_id < before)
    if ran is not None:
        conditions.append(_ran(account_id, ran))
    # First the ids, which stand in the index with all that is filtered by; then their rows.
    newest = select(exports.c.export_id).order_by(exports.c.export_id.desc()).limit(limit)
    ways = [()] if search is None else [(each,) for each in search.conditions()]
    found = {
        export_id
        for way in ways
        for export_id in connection.scalars(newest.where(*conditions, *way))
    }
    return by_ids(connection, account_id, sorted(found, reverse=True)[:limit])


def by_ids(connection: Connection, account_id: int, ids: Sequence[int]) -> list[Export]:
    """The account's exports of these ids, newest first."""
    if not ids:
        return []
    rows = connection.execute(
        select(exports)
        .where(exports.c.account_id == account_id, exports.c.export_id.in_(ids))
        .order_by(exports.c.export_id.desc())
    )
    return [export_of_row(row) for row in rows.all()]


def newest_outcomes(
    connection: Connection, account_id: int, ids: Sequence[int], *, limit: int
) -> dict[int, list[Outcome]]:
    """What became of up to `limit` runs of each of these exports, newest first."""
    if not ids:
        return {}
    # The run behind the last one that is wanted; there may be none.
    floor = (
        select(_OLDER.c.run_id)
        .where(_OLDER.c.account_id == account_id, _OLDER.c.export_id == exports.c.export_id)
        .order_by(_OLDER.c.run_id.desc())
        .offset(limit)
        .limit(1)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(*OUTCOME)
        .select_from(exports)
        .join(runs, runs.c.export_id == exports.c.export_id)
        .where(
            exports.c.account_id == account_id,
            exports.c.export_id.in_(ids),
            runs.c.account_id == account_id,
            runs.c.run_id > func.coalesce(floor, 0),
        )
        .order_by(runs.c.export_id, runs.c.run_id.desc())
    )
    found: dict[int, list[Outcome]] = {}
    for export_id, run_id, stamp, kind, status, end_at, written in rows.all():
        outcome = Outcome(
            export_id, run_id, stamp, _KINDS[kind], _STATUSES[status], end_at, written
        )
        found.setdefault(export_id, []).append(outcome)
    return found


def delivered_until(
    connection: Connection, account_id: int, ids: Sequence[int]
) -> dict[int, datetime]:
    """Up to when everything of these exports has been delivered, without a gap.

    That is where the first recorded window begins that was not delivered, or where the next one
    will begin. Exports that run once have no such moment.
    """
    if not ids:
        return {}
    missing, done = _MISSING, _DONE
    delivered = select(1).where(
        done.c.account_id == account_id,
        done.c.export_id == missing.c.export_id,
        done.c.status == str(RunStatus.DONE),
        done.c.window_end_at == missing.c.window_end_at,
        done.c.kind.in_(_words(SCHEDULED)),
    )
    gap = (
        select(func.min(missing.c.window_start_at))
        .where(
            missing.c.account_id == account_id,
            missing.c.export_id == exports.c.export_id,
            missing.c.status.in_([str(each) for each in RunStatus if each != RunStatus.DONE]),
            missing.c.kind.in_(_words(SCHEDULED)),
            ~delivered.exists(),
        )
        .scalar_subquery()
    )
    rows = connection.execute(
        select(exports.c.export_id, exports.c.cursor_at, gap.label("gap_at")).where(
            exports.c.account_id == account_id,
            exports.c.export_id.in_(ids),
            exports.c.cursor_at.is_not(None),
        )
    )
    return {export_id: gap_at or cursor_at for export_id, cursor_at, gap_at in rows.all()}


def _chosen(wanted: ExportFilter) -> list[ColumnElement[bool]]:
    lists: dict[str, Sequence[Any]] = {
        "data_type": wanted.data_types,
        "format": wanted.formats,
        "status": wanted.statuses,
        "frequency": wanted.frequencies,
    }
    conditions: list[ColumnElement[bool]] = [
        exports.c[name].in_(_words(each)) for name, each in lists.items() if each
    ]
    if wanted.bucket is not None:
        conditions.append(exports.c.bucket_hash == bucket_hash(wanted.bucket))
    return conditions


def _ran(account_id: int, span: Window) -> ColumnElement[bool]:
    return (
        select(1)
        .where(
            runs.c.account_id == account_id,
            runs.c.export_id == exports.c.export_id,
            runs.c.started_at >= span.start_at,
            runs.c.started_at < span.end_at,
        )
        .exists()
    )


def _words(values: Sequence[Any]) -> list[str]:
    return sorted({str(value) for value in values})
