"""How fast the control plane answers over 100,000 exports and 2 million runs in PostgreSQL.

One account holds half of the exports: that is the one asked about. Requests come at a steady rate
on their own threads, so that one that is slow holds up those behind it, as in a server.
"""

import json
import random
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from shared.adapters.inline_queue import InlineQueue
from shared.config import Limits
from shared.domain.exports import (
    Account,
    DataType,
    ExportSpec,
    ExportStatus,
    Format,
    Frequency,
)
from shared.domain.filters import ExportFilter
from shared.domain.members import COMMAND_LINE
from shared.domain.windows import first_cursor
from shared.jobs.list_exports import get_export, list_exports
from shared.jobs.manage_exports import create_export
from shared.jobs.runs_view import counts_by_day, list_runs
from shared.jobs.services import Services
from shared.state import accounts
from shared.state.database import Database
from shared.state.export_rows import bucket_hash
from tests.state.postgres import new_database, running_server

EXPORTS = 100_000
RUNS_EACH = 20
RATE_PER_S = 20
REQUESTS = 600
THREADS = 8
LIMIT_MS = 100
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FIRST_ID = 1_700_000_000
BEFORE_ALL = datetime.fromtimestamp(FIRST_ID - 10_000_000, UTC)
ACCOUNT = Account(account_id=1, database_id="db-1", time_zone="Europe/Berlin")
SPEC = ExportSpec(
    bucket="gs://bucket-0",
    data_type=DataType.ALL_EVENTS,
    frequency=Frequency.RECURRING,
    every=timedelta(hours=4),
    time_zone="Europe/Berlin",
    start_on=NOW.date() - timedelta(days=30),
)
BUCKETS = 50


def measure(
    *, exports: int = EXPORTS, runs_each: int = RUNS_EACH, requests: int = REQUESTS
) -> dict[str, Any]:
    """Fill a server with its usual, durable settings, and ask."""
    with running_server(durable=True) as server, new_database(server) as url:
        database = Database(url)
        database.migrate()
        began = time.perf_counter()
        database.run(lambda c: fill(c, exports, runs_each))
        with database.transaction() as connection:
            connection.exec_driver_sql("ANALYZE")
        filled_s = time.perf_counter() - began
        services = _services(database)
        asked = _questions(services, exports)
        for ask in asked.values():
            ask()
        found = _at_a_steady_rate(asked, requests)
        database.close()
    return {
        "exports": exports,
        "runs": exports * runs_each,
        "filled_s": round(filled_s),
        "requests_per_s": RATE_PER_S,
        "limit_ms": LIMIT_MS,
        "ms": {name: _quantiles(times) for name, times in sorted(found.items())},
    }


def _questions(services: Services, exports: int) -> dict[str, Callable[[], Any]]:
    """What people ask for; each question picks what it is about at random, the same every time."""
    chance = random.Random(4)

    def some_id() -> int:
        return FIRST_ID + 2 * chance.randrange(1, exports // 2)

    def listed(**wanted: Any) -> Callable[[], Any]:
        return lambda: list_exports(services, 1, ExportFilter(**wanted), page_size=40)

    def second_page() -> Any:
        token = list_exports(services, 1, page_size=20).next_page_token
        return list_exports(services, 1, page_size=20, page_token=token)

    a_day = date(2026, 11, 10)
    return {
        "list": listed(),
        "list of two formats": listed(formats=(Format.CSV, Format.XML)),
        "list of one status": listed(statuses=(ExportStatus.STOPPED,)),
        "list of nothing": listed(formats=(Format.XML,), frequencies=(Frequency.LIVE,)),
        "list of a bucket": listed(bucket="gs://bucket-7"),
        "list by request id": lambda: list_exports(services, 1, ExportFilter(text=str(some_id()))),
        "list exported on a day": listed(exported_from=a_day, exported_to=a_day),
        "list exported on no day": listed(exported_to=date(2026, 1, 9)),
        "list, all filters": listed(
            formats=(Format.JSON,),
            statuses=(ExportStatus.PENDING,),
            data_types=(DataType.ALL_EVENTS,),
            frequencies=(Frequency.RECURRING,),
            exported_from=a_day,
            exported_to=a_day + timedelta(days=5),
        ),
        "two pages": second_page,
        "export page": lambda: _export_page(services, some_id()),
        "create": lambda: create_export(
            # Before all others, so that the first page of the list keeps its exports with runs.
            replace(services, clock=lambda: BEFORE_ALL),
            1,
            actor=COMMAND_LINE,
            bucket="gs://bucket-3",
            data_type=DataType.ALL_EVENTS,
            frequency=Frequency.RECURRING,
            every=timedelta(hours=4),
        ),
    }


def _export_page(services: Services, export_id: int) -> None:
    """All that the page of an export asks for."""
    get_export(services, 1, export_id)
    list_runs(services, 1, export_id)
    counts_by_day(services, 1, export_id)


def _at_a_steady_rate(asked: dict[str, Callable[[], Any]], requests: int) -> dict[str, list[float]]:
    """Milliseconds of each answer, from the moment at which it was due to be asked."""
    names = list(asked)
    found: dict[str, list[float]] = defaultdict(list)
    start = time.perf_counter()

    def answer(number: int) -> None:
        name = names[number % len(names)]
        due = start + number / RATE_PER_S
        time.sleep(max(due - time.perf_counter(), 0))
        asked[name]()
        found[name].append((time.perf_counter() - due) * 1000)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(answer, range(requests)))
    return found


def _quantiles(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "median": round(ordered[len(ordered) // 2], 1),
        "p95": round(ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)], 1),
        "max": round(ordered[-1], 1),
        "count": len(ordered),
    }


def _services(database: Database) -> Services:
    nothing: Any = None

    class Open:
        """A bucket that takes everything: the customer's cloud is not what is measured."""

        def check(self) -> None:
            return

    made = Services(
        database, nothing, InlineQueue(), nothing, nothing, nothing, lambda: NOW, Limits(), "bench"
    )
    return replace(made, bucket=lambda account_id, url: Open())


def fill(connection: Connection, exports: int, runs_each: int) -> None:
    """Exports of every kind with delivered runs; the even ones are account 1's."""
    accounts.put(connection, ACCOUNT)
    hashes = [bucket_hash(f"gs://bucket-{n}") for n in range(BUCKETS)]
    values = {
        "exports": exports,
        "runs": runs_each,
        "spec": json.dumps(SPEC.to_dict()),
        "cursor_at": first_cursor(SPEC),
        "now": NOW,
        "hashes": hashes,
        "first": FIRST_ID,
    }
    for statement in (_EXPORTS, _RUNS, _FILES):
        connection.execute(text(statement), values)


_EXPORTS = """
INSERT INTO exports (export_id, account_id, spec, spec_version, status, created_at, cursor_at,
    next_due_at, created_by, data_type, format, frequency, bucket_hash)
SELECT :first + n, CASE WHEN n % 2 = 0 THEN 1 ELSE 2 + n % 500 END, CAST(:spec AS json), 1,
    (ARRAY['PENDING', 'PENDING', 'PENDING', 'RUNNING', 'DONE'])[1 + (n / 2) % 5],
    :now, :cursor_at,
    CAST(:now AS timestamptz) + interval '5 hours' + n * interval '0.1 second', 'ann@example.org',
    (ARRAY['all_events', 'select_events', 'all_user_properties'])[1 + (n / 2) % 3],
    (ARRAY['json', 'csv', 'parquet'])[1 + (n / 6) % 3],
    (ARRAY['recurring', 'live', 'one_time'])[1 + (n / 18) % 3],
    (CAST(:hashes AS text[]))[1 + n % 50]
FROM generate_series(1, CAST(:exports AS int)) AS n
"""
_RUNS = """
INSERT INTO runs (account_id, export_id, kind, window_start_at, window_end_at, sequence, stamp,
    status, due_at, published_at, attempt, failures, rows_expected, slices_total, slices_open,
    rows_written, rows_rejected, bytes_written, files_written, started_at, finished_at)
SELECT account_id, export_id, 'incremental', cursor_at + h * interval '1 day',
    cursor_at + (h + 1) * interval '1 day', 0, 1790000000 + h,
    CASE WHEN (export_id + h) % 40 = 0 THEN 'FAILED' ELSE 'DONE' END,
    cursor_at, cursor_at, 1, 0, 10, 1, 0, 10, 0, 1000, 1,
    cursor_at + (h + 1) * interval '1 day' + interval '5 minutes',
    cursor_at + (h + 1) * interval '1 day' + interval '6 minutes'
FROM exports, generate_series(1, CAST(:runs AS int)) AS h
ORDER BY h, export_id
"""
_FILES = """
INSERT INTO files (run_id, name, slice_no, account_id, event_name, event_date, file_index, rows,
    bytes, uncompressed_bytes, crc32c, sha256, found)
SELECT run_id, export_id || '-' || stamp || '-bought-20261101-0-db.json', 0, account_id, 'bought',
    CAST(window_start_at AS date), 0, 10, 1000, 1000, 'AAAAAA==', repeat('0', 64), false
FROM runs
"""

if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
