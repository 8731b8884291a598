"""Loads files of events or profiles into a warehouse, whole or not at all."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from functions.local.load_files import check_files
from functions.local.load_merge import SKIPPED, insert, mark_known_events, mark_known_profiles
from functions.local.load_rejects import write_rejects
from functions.local.load_staging import STAGED, Progress, staged
from shared.adapters.duckdb_file import advance_clock
from shared.errors import InvalidInput
from shared.loading.request import Kind, Request, make_request


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What became of the rows: rows_read = rows_loaded + rows_already_there + rows_rejected."""

    kind: Kind
    files: int
    rows_read: int
    rows_loaded: int
    rows_already_there: int
    rows_rejected: int
    # JSON Lines of {file, row, reason}; none when every row was good.
    reject_file: Path | None
    # The moment by the warehouse's clock that the rows became visible.
    loaded_at: datetime
    seconds: float


Publish = Callable[[duckdb.DuckDBPyConnection, Request, datetime], tuple[int, datetime]]


def _no_progress(_done: int, _total: int) -> None:
    return


def publish_here(
    con: duckdb.DuckDBPyConnection, request: Request, now: datetime
) -> tuple[int, datetime]:
    """Insert what is new; the one transaction that makes a killed load a load that never was."""
    con.execute("BEGIN TRANSACTION")
    try:
        told = advance_clock(con, now)
        if request.table.name == "events":
            mark_known_events(con, request.account_id)
        else:
            mark_known_profiles(con, request, told)
        loaded = insert(con, request, told)
        con.execute("COMMIT")
    except BaseException:
        # After a failed COMMIT there is nothing left to roll back.
        with suppress(duckdb.Error):
            con.execute("ROLLBACK")
        raise
    finally:
        con.execute(f"DROP TABLE IF EXISTS {SKIPPED}")
    return loaded, told


def load(
    con: duckdb.DuckDBPyConnection,
    kind: Kind,
    files: Sequence[Path],
    *,
    mapping: Mapping[str, str],
    arrived: str | None,
    account_id: int,
    now: datetime,
    reject_dir: Path,
    publish: Publish = publish_here,
    on_progress: Progress = _no_progress,
) -> LoadReport:
    """Load the files into `events` or `profiles`, whole or not at all; again adds nothing.

    Their rows are put together in `con`, and `publish` brings them into the warehouse, which may
    be another one; it gives the number of new rows and the moment at which they became visible.

    `mapping` says which column of the files each of our columns is, `arrived` which one holds the
    time of arrival; without it rows arrive now. `on_progress` gets the bytes done and their total.
    Bad rows are left out, counted and written below `reject_dir`. Raises InvalidInput, with
    nothing loaded, when a file as a whole cannot be loaded.
    """
    began = time.monotonic()
    request = make_request(kind, mapping=mapping, arrived=arrived, account_id=account_id)
    inputs = check_files(files)
    with staged(con, inputs, request, on_progress):
        read, rejected = _counts(con)
        reject_file = _reject_file(reject_dir, kind, now) if rejected else None
        try:
            if reject_file:
                # Written first: no rows are ever loaded without the tale of those that were not.
                write_rejects(con, inputs, reject_file)
            loaded, told = publish(con, request, now)
        except BaseException:
            if reject_file:
                reject_file.unlink(missing_ok=True)
            raise
    already = read - rejected - loaded
    seconds = time.monotonic() - began
    return LoadReport(
        kind, len(inputs), read, loaded, already, rejected, reject_file, told, seconds
    )


def _counts(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    [(read, rejected)] = con.execute(f"SELECT count(*), count(reason) FROM {STAGED}").fetchall()
    return read, rejected


def _reject_file(folder: Path, kind: Kind, now: datetime) -> Path:
    """A name that no earlier load has taken; makes the folder."""
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%S")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(
            f"The folder {folder} for rejected rows cannot be made ({error.strerror})."
        ) from error
    number = 0
    while True:
        suffix = f"-{number}" if number else ""
        target = folder / f"{kind}-{stamp}{suffix}.jsonl"
        if not target.exists():
            return target
        number += 1
