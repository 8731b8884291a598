"""Compares a delivered replay with what had been delivered of its window before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from shared.domain.comparisons import FileFacts, FileKey, changes_at, compare
from shared.domain.exports import Format
from shared.domain.recounts import arrival_day
from shared.domain.runs import RunKind, RunStatus
from shared.errors import SluiceError, Transient
from shared.jobs.frozen import frozen_spec
from shared.jobs.plan_slices import slicing_of
from shared.jobs.recount import LATER
from shared.jobs.services import Services
from shared.jobs.window_deliveries import base_of, planned_selection
from shared.logs import log
from shared.ports import Frozen, SnapshotGone
from shared.state import comparisons, recounts, runs, slices
from shared.state.comparisons import StoredComparison
from shared.state.runs import Run
from shared.state.slices import FileRow, SlicePart

Parts = list[tuple[SlicePart, ...]]
# Why rows were not compared, beside the reasons of faults.
GONE = "snapshot-gone"
LARGE = "too-large"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivered run with its files, and the parts that were planned for it."""

    run: Run
    files: Sequence[FileRow]
    parts: Parts


def compare_replay(services: Services, account_id: int, run_id: int) -> None:
    """Compare this run, if it is a replay that is delivered and nobody has compared it yet."""
    now = services.clock()

    def claim(connection: Connection) -> StoredComparison | None:
        stored = comparisons.get(connection, account_id, run_id)
        if stored is None or stored.due_at is None:
            return None
        return comparisons.claim(connection, run_id, now, lease=services.limits.lease)

    claimed = services.database.run(claim)
    if claimed is not None:
        _compare(services, claimed, now)


def compare_due(services: Services, now: datetime) -> int:
    """Compare all replays of which no message told; gives their number."""
    compared = 0
    while compared < services.limits.recounts_at_once:
        now = max(now, services.clock())
        claimed = services.database.run(
            partial(comparisons.claim_next, now=now, lease=services.limits.lease)
        )
        if claimed is None:
            break
        _compare(services, claimed, now)
        compared += 1
    return compared


def _compare(services: Services, claimed: StoredComparison, now: datetime) -> None:
    """What fails for now is put off; in the end the files alone are compared."""
    before, after = services.database.run(lambda c: _read(c, claimed))
    changes, gone, why = None, 0, ""
    try:
        changes, gone, why = _rows(services, before, after)
    except SluiceError as error:
        again = claimed.failures < services.limits.attempts_max
        log("comparison_failed", run=claimed.run_id, reason=error.reason)
        if isinstance(error, Transient) and again:
            put_off = {"due_at": now + LATER, "failures": claimed.failures}
            services.database.run(lambda c: comparisons.settle(c, claimed, **put_off))
            return
        why = error.reason
    result = compare(
        (facts for each in before for facts in _facts(each)),
        _facts(after),
        changes,
        rows_gone=gone,
        why_files=why,
        bytes_tell=frozen_spec(after.run).format is not Format.PARQUET,
    )
    result["replaces_stamp"] = before[0].run.stamp
    result["settings_changed"] = before[0].run.spec != after.run.spec
    done = {"due_at": None, "compared_at": now, "result": result}
    if services.database.run(lambda c: comparisons.settle(c, claimed, **done)):
        log("run_compared", run=claimed.run_id, level=result["level"])


def _read(connection: Connection, claimed: StoredComparison) -> tuple[list[Delivery], Delivery]:
    """What was delivered before the replay froze, and the replay."""
    replay = runs.get(connection, claimed.account_id, claimed.run_id)
    assert replay is not None
    base = base_of(connection, replay)
    zone = frozen_spec(base).time_zone
    day = recounts.runs_of_day(
        connection, base.account_id, base.export_id, arrival_day(base.window, zone), zone
    )
    added = [
        each.run_id
        for each in day
        if each.kind is RunKind.SUPPLEMENT
        and each.status is RunStatus.DONE
        and each.replaces_stamp == base.stamp
        and (
            each.freeze_at is None or replay.freeze_at is None or each.freeze_at < replay.freeze_at
        )
    ]
    found = (runs.get(connection, base.account_id, run_id) for run_id in added)
    supplements = [run for run in found if run is not None]
    before = [_delivery(connection, run) for run in (base, *supplements)]
    return before, _delivery(connection, replay)


def _delivery(connection: Connection, run: Run) -> Delivery:
    files = slices.list_files(connection, run.account_id, run.run_id)
    return Delivery(run, files, slices.list_parts(connection, run.account_id, run.run_id))


def _rows(
    services: Services, before: Sequence[Delivery], after: Delivery
) -> tuple[list[Any] | None, int, str]:
    """(changes by file, rows that are in the warehouse no more, why there are no changes)."""
    size = sum(each.run.bytes_written for each in (*before, after))
    if size > services.limits.compare_bytes:
        return None, 0, LARGE
    try:
        found = services.warehouse.row_changes(
            [_frozen(services, each) for each in before], _frozen(services, after)
        )
    except SnapshotGone:
        return None, 0, GONE
    expected = sum(each.run.rows_expected or 0 for each in before)
    changes = changes_at(
        found.changes.to_pylist(), [_keys(each.parts) for each in before], _keys(after.parts)
    )
    return changes, max(0, expected - found.rows_before), ""


def _frozen(services: Services, delivery: Delivery) -> Frozen:
    return Frozen(
        str(delivery.run.snapshot_id),
        planned_selection(services, delivery.run),
        slicing_of(delivery.parts),
    )


def _keys(parts: Parts) -> list[list[FileKey]]:
    return [[FileKey(p.event_name, p.event_date, p.index) for p in piece] for piece in parts]


def _facts(delivery: Delivery) -> Iterator[FileFacts]:
    for file in delivery.files:
        key = FileKey(file.event_name, file.event_date, file.file_index)
        yield FileFacts(key, file.rows, file.bytes, file.crc32c)
