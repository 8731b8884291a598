"""Reads the rows of a source piece by piece, checks them, and stages them with their rejects."""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from shared.domain.import_mapping import Mapping
from shared.domain.watermarks import Watermark, next_watermark
from shared.errors import OurFault
from shared.import_ports import Landing, Reading, Source
from shared.jobs.services import Services
from shared.loading.found import Checked, Rejected
from shared.schema import tables
from shared.state.import_rejects import Piece
from shared.state.import_runs import ImportRun

# Rejected rows in one piece: a download reads one after another.
PIECE_ROWS = 1_000


@dataclass(slots=True)
class Staged:
    """What a run has read and staged."""

    found: "Checked"
    rejects: list[Piece] = field(default_factory=list)

    def watermark(self, reading: Reading, read_at: datetime) -> Watermark | None:
        """The watermark once these rows are published."""
        if reading.updated_on is None:
            return None
        kind = reading.updated_on.kind
        return next_watermark(reading.since, kind, self.found.highest, read_at)


def landing_of(services: Services) -> Landing:
    """Where imported rows go."""
    if services.landing is None:
        raise OurFault("This process imports nothing.", reason="bad-configuration")
    return services.landing


def staging_of(run: ImportRun, attempt: int) -> str:
    """What an attempt stages is called so, and nothing else.

    Neither what a run of another state does that shares the warehouse or the customer's project:
    its jobs and publishes must not be taken for those of this one.
    """
    if run.started_at is None:
        raise OurFault("The run has not begun yet.", reason="nothing-staged")
    return f"{run.account_id}-{run.run_id}-{attempt}-{run.started_at:%Y%m%d%H%M%S%f}"


def drop_attempts(services: Services, run: ImportRun, last: int) -> None:
    """Remove what the last attempts up to this one have staged."""
    for attempt in range(max(1, last - 2), last + 1):
        landing_of(services).drop(staging_of(run, attempt))


def read_and_stage(
    services: Services,
    source: Source,
    reading: Reading,
    mapping: Mapping,
    leased: tuple[ImportRun, int],
    check: Callable[[], None],
) -> Staged:
    """Stage all rows of the reading under its key, for a run and its attempt.

    `check` is called between pieces, and ends it by an error when the lease is lost.
    """
    # With it comes DuckDB, which an importer that starts and finds nothing to do need not load.
    from shared.loading.check import Checker

    landing, limits = landing_of(services), services.limits
    run, attempt = leased
    # What importers left that were killed while they read.
    drop_attempts(services, run, attempt - 1)
    landing.begin(reading.key, tables()[str(mapping.kind)])
    checker = Checker(
        mapping,
        reading.columns,
        reading.since,
        run.account_id,
        json_as_text=landing.json_as_text,
        memory_mb=limits.import_memory_mb,
    )
    kept: list[Rejected] = []
    with TemporaryDirectory(prefix="sluice-import-") as folder:
        batches = source.read(reading)
        for number in count():
            out = Path(folder) / "rows.parquet"
            if not checker.write(_piece(batches, limits.import_piece_bytes), out):
                break
            check()
            if len(kept) < limits.import_rejects_kept and checker.found.rejected > len(kept):
                kept += checker.rejects(out, limit=limits.import_rejects_kept - len(kept))
            landing.add(reading.key, number, out)
            check()
    return Staged(checker.found, _pieces(kept))


def _piece(batches: Iterator[pa.RecordBatch], size: int) -> Iterator[pa.RecordBatch]:
    """The next batches that hold rows, as many as have about so many bytes."""
    taken = 0
    while taken < size:
        batch = next(batches, None)
        if batch is None:
            return
        if batch.num_rows:
            taken += batch.nbytes
            yield batch


def _pieces(kept: "list[Rejected]") -> list[Piece]:
    found = []
    for first in range(0, len(kept), PIECE_ROWS):
        rows = kept[first : first + PIECE_ROWS]
        lines = (f"{_line(row)}\n".encode() for row in rows)
        # Without a clock inside, so that the same rows are the same bytes.
        found.append((len(rows), gzip.compress(b"".join(lines), mtime=0)))
    return found


def _line(row: "Rejected") -> str:
    values = json.loads(row.values) if row.values else None
    line = {"row": row.row, "reason": row.reason, "values": values}
    return json.dumps(line, ensure_ascii=False)
