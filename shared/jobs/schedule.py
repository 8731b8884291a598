"""The tick: records every window that is due, and publishes all work that waits."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from shared.domain.exports import Frequency
from shared.domain.runs import RunKind
from shared.domain.windows import (
    Window,
    due_windows,
    next_due_at,
    settle_delay,
    starts_with_all,
)
from shared.jobs.messages import publish_runs, publish_slices
from shared.jobs.schedule_imports import schedule_imports
from shared.jobs.services import Services
from shared.logs import log
from shared.state import exports, looks, publishes, runs, slices
from shared.state.exports import Export

# Runs recorded by one transaction: a second tick waits no longer than for about this many.
RUNS_PER_TRANSACTION = 1_000


# An export and its windows that are due.
Step = tuple[Export, list[Window]]


@dataclass(frozen=True, slots=True)
class Tick:
    """What one tick did."""

    runs_recorded: int
    runs_published: int
    slices_published: int
    imports_recorded: int = 0
    imports_published: int = 0


def schedule(services: Services, now: datetime) -> Tick:
    """One tick at `now`; two at once, or one missed, end in the same runs.

    Publishes also what has waited too long or whose lease ran out: messages may get lost.
    """
    recorded = _record_due(services, now)
    waiting_runs, waiting_slices = publish_waiting(services, now)
    imports = schedule_imports(services, now)
    tick = Tick(recorded, waiting_runs, waiting_slices, *imports)
    # Last of all: a tick that does not come to its end is none.
    services.database.run(lambda c: looks.tick(c, now))
    log("tick", runs=tick.runs_recorded, planned=tick.runs_published, slices=tick.slices_published)
    return tick


def publish_waiting(services: Services, now: datetime) -> tuple[int, int]:
    """Publish all work that waits for a message; gives how many runs and slices that were."""
    waited = now - services.limits.redeliver_after
    waiting_runs = services.database.run(
        lambda c: runs.claim_publishable(c, now, waited, lease=services.limits.lease)
    )
    publish_runs(services, waiting_runs, now)
    waiting_slices = services.database.run(
        lambda c: slices.claim_publishable(c, now, waited, lease=services.limits.lease)
    )
    publish_slices(services, waiting_slices, now)
    return len(waiting_runs), len(waiting_slices)


def windows_of(export: Export, windows: list[Window]) -> list[runs.NewRun]:
    """The runs of recorded windows; a scheduled run's stamp is its window's end."""
    settle = settle_delay(export.spec.frequency)
    return [
        runs.NewRun(
            account_id=export.account_id,
            export_id=export.export_id,
            kind=(RunKind.FIRST if starts_with_all(export.spec, window) else RunKind.INCREMENTAL),
            window=window,
            stamp=int(window.end_at.timestamp()),
            due_at=window.end_at + settle,
        )
        for window in windows
    ]


def record_windows(connection: Connection, export: Export, now: datetime, *, limit: int) -> int:
    """Record the windows of one export that are due, as a tick would; gives how many were new."""
    opened = publishes.oldest_open(connection, [export.account_id]).get(export.account_id)
    windows = _due_windows(export, now, opened, limit=limit)
    return _store([(export, windows)], connection) if windows else 0


def _record_due(services: Services, now: datetime) -> int:
    limits = services.limits
    per_export = limits.windows_per_tick
    due = services.database.run(lambda c: exports.due(c, now, limit=limits.exports_per_tick))
    # A publish that begins after this look brings rows of later windows than those of `now`.
    owners = {export.account_id for export in due}
    opened = services.database.run(lambda c: publishes.oldest_open(c, owners)) if due else {}
    steps = (
        (export, _due_windows(export, now, opened.get(export.account_id), limit=per_export))
        for export in due
    )
    return sum(services.database.run(partial(_store, group)) for group in _groups(steps))


def _groups(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """The exports with windows, in the same order, as many together as one transaction takes."""
    group: list[Step] = []
    size = 0
    for export, windows in steps:
        if windows:
            group.append((export, windows))
            size += len(windows)
        if size >= RUNS_PER_TRANSACTION:
            yield group
            group, size = [], 0
    if group:
        yield group


def _store(group: list[Step], connection: Connection) -> int:
    """Record the runs of the exports that nobody else has moved, edited or stopped meanwhile."""
    ends = ((export, windows[-1].end_at) for export, windows in group)
    moves = [(export, end_at, _next_due(export, end_at)) for export, end_at in ends]
    moved = exports.advance(connection, moves)
    kept = ((export, windows) for export, windows in group if export.export_id in moved)
    new_runs = [run for export, windows in kept for run in windows_of(export, windows)]
    return len(runs.record(connection, new_runs))


def _due_windows(
    export: Export, now: datetime, open_publish_at: datetime | None, *, limit: int
) -> list[Window]:
    if export.spec.frequency is Frequency.ONE_TIME or export.cursor_at is None:
        return []
    settle = settle_delay(export.spec.frequency)
    return due_windows(
        export.spec,
        export.cursor_at,
        now,
        settle=settle,
        open_publish_at=open_publish_at,
        limit=limit,
    )


def _next_due(export: Export, cursor_at: datetime) -> datetime:
    return next_due_at(export.spec, cursor_at, settle=settle_delay(export.spec.frequency))
