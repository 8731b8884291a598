"""Short ways to fill state with what a test is about, and to do things at once."""

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection

from shared.domain.exports import ExportSpec
from shared.domain.runs import RunKind, RunStatus
from shared.domain.windows import Window, first_cursor, next_due_at, settle_delay
from shared.state import exports, runs, slices
from shared.state.database import Database
from shared.state.exports import Export
from shared.state.runs import NewRun, Run
from shared.state.slices import FileRow, Slice, SlicePart
from tests.domain.makers import HOUR, NOW, recurring

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
ACCOUNT = 7
LEASE = timedelta(minutes=10)
WAIT = timedelta(minutes=15)
SECOND = timedelta(seconds=1)


def at_once(*jobs: Callable[[], T]) -> list[T]:
    """Run the jobs in threads that start together; gives their results, raises their errors."""
    start = threading.Barrier(len(jobs))

    def begin(job: Callable[[], T]) -> T:
        start.wait(timeout=30)
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(begin, jobs))


def processes_at_once(count: int, program: str, *args: str) -> list[str]:
    """Run a program in processes that go on together after it read a line; gives what they say."""
    command = [sys.executable, "-W", "error", "-c", program, *args]
    pipe = subprocess.PIPE
    children = [
        subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        for _ in range(count)
    ]
    for child in children:
        assert child.stdout is not None
        child.stdout.readline()
    said = []
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        out, errors = child.communicate(timeout=120)
        assert child.returncode == 0, errors
        said.append(out.strip())
    return said


def make_export(
    database: Database,
    spec: ExportSpec | None = None,
    *,
    account_id: int = ACCOUNT,
    now: datetime = NOW,
) -> Export:
    """A recurring export whose first window begins on its start date."""
    spec = spec or recurring()
    cursor_at = first_cursor(spec)
    due_at = next_due_at(spec, cursor_at, settle=settle_delay(spec.frequency))
    return database.run(
        lambda c: exports.insert(
            c, account_id, spec, now=now, cursor_at=cursor_at, next_due_at=due_at
        )
    )


def window(number: int = 0, *, every: timedelta = 4 * HOUR) -> Window:
    """The n-th window of four hours from 2026-11-20 on."""
    start_at = datetime(2026, 11, 20, tzinfo=UTC) + number * every
    return Window(start_at, start_at + every)


def new_run(export: Export, number: int = 0, **values: Any) -> NewRun:
    """The run of the n-th window of the export."""
    span = values.pop("window", window(number))
    defaults = {
        "kind": RunKind.INCREMENTAL,
        "stamp": int(span.end_at.timestamp()),
        "due_at": span.end_at,
    }
    return NewRun(export.account_id, export.export_id, window=span, **(defaults | values))


def add_run(database: Database, export: Export, number: int = 0, **values: Any) -> Run:
    """Record a run; gives it as state has it."""
    run = new_run(export, number, **values)
    (run_id,) = database.run(lambda c: runs.record(c, [run]))
    return read_run(database, run_id)


def read_run(database: Database, run_id: int, account_id: int = ACCOUNT) -> Run:
    """The run as state has it now."""
    run = database.run(lambda c: runs.get(c, account_id, run_id))
    assert run is not None
    return run


def set_run(database: Database, run: Run, **values: Any) -> None:
    """Put the run where a test needs it, whatever its status is."""
    every = list(RunStatus)
    done = database.run(
        lambda c: runs.move(c, run.account_id, run.run_id, expected=every, **values)
    )
    assert done


def writing_run(database: Database, parts: int = 3, export: Export | None = None) -> Run:
    """A run that workers write: so many slices of one part each."""
    run = add_run(database, export or make_export(database))
    planned = [
        (SlicePart(f"event {number}", f"event-{number}", date(2026, 11, 20), 0, 1),)
        for number in range(parts)
    ]

    def store(connection: Connection) -> None:
        slices.add(connection, run.account_id, run.run_id, planned)
        runs.move(
            connection,
            run.account_id,
            run.run_id,
            expected=[RunStatus.PENDING],
            status=str(RunStatus.WRITING),
            slices_total=parts,
            slices_open=parts,
        )

    database.run(store)
    return read_run(database, run.run_id)


def read_slice(database: Database, run: Run, slice_no: int = 0) -> Slice:
    """The slice as state has it now."""
    piece = database.run(lambda c: slices.get(c, run.account_id, run.run_id, slice_no))
    assert piece is not None
    return piece


def lease_slice(database: Database, piece: Slice, now: datetime = NOW) -> int | None:
    """Take the slice's lease at `now`, for as long as leases last."""
    return database.run(
        lambda c: slices.take_lease(c, piece, owner="worker", now=now, until=now + LEASE)
    )


def lease_run(database: Database, run: Run, now: datetime = NOW) -> int | None:
    """Take the run's lease at `now`, for as long as leases last."""
    return database.run(
        lambda c: runs.take_lease(c, run, owner="planner", now=now, until=now + LEASE)
    )


def file_row(name: str = "a.json", rows: int = 5, **values: Any) -> FileRow:
    """A delivered file of so many rows, ten bytes each."""
    defaults: dict[str, Any] = {
        "event_name": "bought",
        "event_date": date(2026, 11, 20),
        "file_index": 0,
        "bytes": rows * 10,
        "uncompressed_bytes": rows * 10,
        "crc32c": "AAAAAA==",
        "sha256": "0" * 64,
    }
    return FileRow(name=name, rows=rows, **(defaults | values))


def commit_slice(
    database: Database, piece: Slice, attempt: int, *written: FileRow, rejected: int = 0
) -> int | None:
    """Commit the slice under the attempt; gives how many slices stay open, or None."""
    reject_file = f"_rejects/{piece.slice_no}.json" if rejected else None
    return database.run(
        lambda c: slices.commit(
            c, piece, attempt, written, rows_rejected=rejected, reject_file=reject_file
        )
    )
