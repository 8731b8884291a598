"""The manifest of a run: what was delivered, with counts and checksums, as its final bytes."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.formats.files import ENCODER_VERSION
from shared.jobs.frozen import frozen_spec
from shared.state.runs import Run
from shared.state.slices import FileRow, Slice

MANIFEST_VERSION = 1
PRODUCER = {"name": "sluice", "version": "0.1.0"}


def manifest_bytes(
    run: Run, files: Sequence[FileRow], rejects: Sequence[Slice], finished_at: datetime
) -> bytes:
    """One JSON object, UTF-8, times in the export's zone with their offset."""
    spec = frozen_spec(run)
    zone = ZoneInfo(spec.time_zone)

    def at(moment: datetime | None) -> str | None:
        return None if moment is None else moment.astimezone(zone).isoformat()

    content: dict[str, Any] = {
        "version": MANIFEST_VERSION,
        "request_id": run.export_id,
        "run_stamp": run.stamp,
        "account_id": run.account_id,
        "kind": str(run.kind),
        "data_type": str(spec.data_type),
        "format": str(spec.format),
        "compression": str(spec.compression),
        "as_string": spec.as_string,
        "time_zone": spec.time_zone,
        "window": {"start": at(run.window.start_at), "end": at(run.window.end_at)},
        "snapshot_at": at(run.freeze_at),
        "schema": run.schema or {},
        "rows_expected": run.rows_expected,
        "rows_written": run.rows_written,
        "rows_rejected": run.rows_rejected,
        "rows_duplicate": run.rows_duplicate,
        "rows_late": run.rows_late,
        "replaces": run.replaces_stamp,
        "encoder": ENCODER_VERSION,
        "files": [_file(file) for file in files],
        "rejects": [{"name": piece.reject_file, "rows": piece.rows_rejected} for piece in rejects],
        "started_at": at(run.started_at),
        "finished_at": at(finished_at),
        "producer": PRODUCER,
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _file(file: FileRow) -> dict[str, Any]:
    return {
        "name": file.name,
        "event_name": file.event_name,
        "event_date": None if file.event_date is None else file.event_date.isoformat(),
        "index": file.file_index,
        "rows": file.rows,
        "bytes": file.bytes,
        "uncompressed_bytes": file.uncompressed_bytes,
        "crc32c": file.crc32c,
        "sha256": file.sha256,
    }
