"""Fills PostgreSQL with 100,000 exports and 2 million runs, half of them of the account asked.

Times and ids are made up so that new exports stand behind all of these in the list: its first
pages keep exports with runs, however many are created meanwhile.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from shared.domain.account_settings import AccountSettings
from shared.domain.bucket_access import Access
from shared.domain.exports import DataType, ExportSpec, Frequency
from shared.domain.members import Role
from shared.domain.windows import first_cursor
from shared.state import accounts, buckets, members
from shared.state.buckets import NewBucket
from shared.state.export_rows import bucket_hash
from shared.state.members import Member

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FIRST_ID = 1_900_000_000
ACCOUNT = AccountSettings(
    account_id=1, database_id="db-1", time_zone="Europe/Berlin", name="Example Shop"
)
ANN = "ann@example.org"
SPEC = ExportSpec(
    bucket="gs://bucket-0",
    data_type=DataType.ALL_EVENTS,
    frequency=Frequency.RECURRING,
    every=timedelta(hours=4),
    time_zone="Europe/Berlin",
    start_on=NOW.date() - timedelta(days=30),
)
BUCKETS = 50
# The newest exports of the account deliver many events, as large customers do.
BUSY, BUSY_EVENTS = 50, 40


@dataclass(frozen=True)
class Sizes:
    """How much there is."""

    exports: int = 100_000
    runs_each: int = 20

    @property
    def runs(self) -> int:
        return self.exports * self.runs_each

    @property
    def last_id(self) -> int:
        """The newest export of the account asked: those with even ids are its own."""
        return FIRST_ID + self.exports // 2 * 2


def fill(connection: Connection, sizes: Sizes) -> None:
    """Exports of every kind with delivered runs; the even ones are account 1's."""
    accounts.put_settings(connection, ACCOUNT)
    members.add(connection, Member(ACCOUNT.account_id, ANN, Role.ADMIN, NOW, ANN))
    for number in range(BUCKETS):
        access = Access("key", email="sender@shop.iam.gserviceaccount.com")
        url = f"gs://bucket-{number}"
        new = NewBucket(ACCOUNT.account_id, f"Bucket number {number}", url, access)
        buckets.insert(connection, new, NOW)
    values = asdict(sizes) | {
        "spec": json.dumps(SPEC.to_dict()),
        "cursor_at": first_cursor(SPEC),
        "now": NOW,
        "hashes": [bucket_hash(f"gs://bucket-{n}") for n in range(BUCKETS)],
        "first": FIRST_ID,
        "busy_from": sizes.last_id - 2 * BUSY,
        "events": BUSY_EVENTS,
    }
    for statement in (_EXPORTS, _RUNS, _FILES, _MORE_FILES, _MANIFESTS):
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
    cursor_at, cursor_at, 1, 0, 10, 1, 0, 10 * h, 0, 1000, 1,
    cursor_at + (h + 1) * interval '1 day' + interval '5 minutes',
    cursor_at + (h + 1) * interval '1 day' + interval '6 minutes'
FROM exports, generate_series(1, CAST(:runs_each AS int)) AS h
ORDER BY h, export_id
"""
_FILES = """
INSERT INTO files (run_id, name, slice_no, account_id, event_name, event_date, file_index, rows,
    bytes, uncompressed_bytes, crc32c, sha256, found)
SELECT run_id, export_id || '-' || stamp || '-bought-20261101-0-db.json', 0, account_id, 'bought',
    CAST(window_start_at AS date), 0, 10, 1000, 1000, 'AAAAAA==', repeat('0', 64), false
FROM runs
"""
_MORE_FILES = """
INSERT INTO files (run_id, name, slice_no, account_id, event_name, event_date, file_index, rows,
    bytes, uncompressed_bytes, crc32c, sha256, found)
SELECT run_id, export_id || '-' || stamp || '-event-' || e || '-20261101-0-db.json', 0, account_id,
    'Event number ' || e, CAST(window_start_at AS date), 0, 10 * e, 1000 * e, 1000 * e, 'AAAAAA==',
    repeat('0', 64), false
FROM runs, generate_series(2, CAST(:events AS int)) AS e
WHERE account_id = 1 AND export_id > :busy_from
"""
# As large as those of so many files are; nobody asks for the others.
_MANIFESTS = """
UPDATE runs SET manifest = convert_to('{"format_version": 1, "files": [' || (
    SELECT string_agg('{"name": "' || name || '", "rows": 10, "sha256": "' || sha256 || '"}', ',')
    FROM files WHERE files.run_id = runs.run_id) || ']}', 'UTF8')
WHERE account_id = 1 AND export_id > :busy_from
"""
