"""How long one tick takes over 100,000 exports in PostgreSQL, 1,000 of them due."""

import json
import statistics
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter, process_time
from typing import Any

from sqlalchemy import Connection, text

from bench.stand_ins import services_over
from shared.domain.exports import DataType, ExportSpec, Frequency
from shared.domain.windows import first_cursor
from shared.jobs.schedule import Tick, schedule
from shared.jobs.services import Services
from shared.state.database import Database
from tests.state.postgres import new_database, running_server

EXPORTS = 100_000
DUE = 1_000
# Delivered runs of each export, with a slice and a file each: state is not new when it is large.
HISTORY = 5
TICKS = 5
LIMIT_S = 5.0
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SPEC = ExportSpec(
    bucket="gs://bucket",
    data_type=DataType.ALL_EVENTS,
    frequency=Frequency.RECURRING,
    every=timedelta(hours=4),
    time_zone="Europe/Berlin",
    start_on=NOW.date() - timedelta(days=30),
)


@dataclass(frozen=True)
class Step:
    """One tick: what it did, its wall clock and the processor time of this process."""

    tick: Tick
    seconds: float
    cpu_seconds: float


def measure(*, exports: int = EXPORTS, due: int = DUE, history: int = HISTORY) -> dict[str, Any]:
    """Run ticks with `due` exports each on a server with its usual, durable settings."""
    with running_server(durable=True) as server, new_database(server) as url:
        database = Database(url)
        database.migrate()
        database.run(lambda c: _fill(c, exports, history))
        with database.transaction() as connection:
            connection.exec_driver_sql("ANALYZE")
        services = services_over(database, NOW)
        steps = []
        for number in range(TICKS):
            now = NOW + timedelta(minutes=number)
            database.run(lambda c, now=now: _make_due(c, due, now))
            steps.append(_timed_tick(services, now))
        idle = _timed_tick(services, NOW + timedelta(minutes=TICKS))
        database.close()
    assert all(step.tick == Tick(due, due, 0) for step in steps), steps
    assert idle.tick == Tick(0, 0, 0), idle
    return {
        "exports": exports,
        "due": due,
        "runs_stored": exports * history,
        "limit_s": LIMIT_S,
        "tick_s_median": round(statistics.median(step.seconds for step in steps), 3),
        "tick_s_max": round(max(step.seconds for step in steps), 3),
        "tick_cpu_s_median": round(statistics.median(step.cpu_seconds for step in steps), 3),
        "idle_tick_s": round(idle.seconds, 3),
        "last": asdict(steps[-1].tick),
    }


def _timed_tick(services: Services, now: datetime) -> Step:
    began, cpu_began = perf_counter(), process_time()
    tick = schedule(services, now)
    return Step(tick, perf_counter() - began, process_time() - cpu_began)


def _fill(connection: Connection, exports: int, history: int) -> None:
    """Exports whose next window is hours away, and what was delivered of each before."""
    for statement in (_EXPORTS, _RUNS, _SLICES, _FILES):
        connection.execute(
            text(statement),
            {
                "exports": exports,
                "history": history,
                "spec": _json(SPEC),
                "cursor_at": first_cursor(SPEC),
                "now": NOW,
            },
        )


def _json(spec: ExportSpec) -> str:
    return json.dumps(spec.to_dict())


def _make_due(connection: Connection, due: int, now: datetime) -> None:
    """Of the exports that have waited longest, let exactly one window each be due now."""
    connection.execute(
        text(_MAKE_DUE),
        {"due": due, "cursor_at": now - timedelta(hours=5), "next_due_at": now},
    )


_EXPORTS = """
INSERT INTO exports (export_id, account_id, spec, spec_version, status, created_at, cursor_at,
    next_due_at, data_type, format, frequency, bucket_hash)
SELECT 1700000000 + n, 1 + n % 1000, CAST(:spec AS json), 1, 'PENDING', :now, :cursor_at,
    CAST(:now AS timestamptz) + interval '5 hours' + n * interval '0.1 second',
    'all_events', 'json', 'recurring', repeat('0', 64)
FROM generate_series(1, CAST(:exports AS int)) AS n
"""
_RUNS = """
INSERT INTO runs (account_id, export_id, kind, window_start_at, window_end_at, sequence, stamp,
    status, due_at, published_at, attempt, failures, spec, rows_expected, slices_total, slices_open,
    rows_written, rows_rejected, bytes_written, files_written, manifest, finished_at)
SELECT account_id, export_id, 'incremental', cursor_at + h * interval '4 hours',
    cursor_at + (h + 1) * interval '4 hours', 0, 1790000000 + h, 'DONE', cursor_at, cursor_at, 1, 0,
    spec, 10, 1, 0, 10, 0, 1000, 1, convert_to(spec::text, 'UTF8'), cursor_at
FROM exports, generate_series(1, CAST(:history AS int)) AS h
"""
_SLICES = """
INSERT INTO slices (run_id, slice_no, account_id, parts, status, published_at, attempt,
    rows_written, rows_rejected)
SELECT run_id, 0, account_id, '[["bought", "bought", "2026-11-01", 0, 1]]', 'DONE', due_at, 1, 10, 0
FROM runs
"""
_FILES = """
INSERT INTO files (run_id, name, slice_no, account_id, event_name, event_date, file_index, rows,
    bytes, uncompressed_bytes, crc32c, sha256, found)
SELECT run_id, export_id || '-' || stamp || '-bought-20261101-0-db.json', 0, account_id, 'bought',
    '2026-11-01', 0, 10, 1000, 1000, 'AAAAAA==', repeat('0', 64), false
FROM runs
"""
_MAKE_DUE = """
UPDATE exports SET cursor_at = :cursor_at, next_due_at = :next_due_at
WHERE export_id IN (SELECT export_id FROM exports ORDER BY next_due_at LIMIT :due)
"""

if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:>18}  {value}")
