"""Delivered files made by hand, with a manifest that tells the truth about them."""

import base64
import gzip
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import google_crc32c
import pyarrow as pa
import pyarrow.parquet as pq

from functions.local.verify import verify

REQUEST, STAMP = 1_763_000_000, 1_763_600_000
EVENT = "Cart/Updated\n"
SHOWN = "Cart/Updated?"

JSON_ROW = (
    '{"profile":{"identity":"u%d"},"ts":20261120100000,"deviceInfo":{},"eventProps":{"n":%d}}\n'
)
XML_ROW = (
    "<Event><ts>20261120100000</ts><eventName>Cart/Updated?</eventName><profile><identity>u%d"
    "</identity></profile><eventProps><entry><key>n</key><value>%d</value></entry></eventProps>"
    "</Event>\n"
)


def json_rows(rows: int) -> bytes:
    return (SHOWN + "\n" + "".join(JSON_ROW % (n, n) for n in range(rows))).encode()


def csv_rows(rows: int) -> bytes:
    lines = [f'20261120100000,{SHOWN},u{n},"a, ""{n}"""\r\n' for n in range(rows)]
    return ("ts,eventName,profile.identity,eventProps.n\r\n" + "".join(lines)).encode()


def xml_rows(rows: int) -> bytes:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<root>\n'
    return (head + "".join(XML_ROW % (n, n) for n in range(rows)) + "</root>\n").encode()


def parquet_rows(rows: int) -> bytes:
    table = pa.table({"ts": list(range(rows)), "eventName": [SHOWN] * rows, "n": list(range(rows))})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return sink.getvalue().to_pybytes()


ROWS = {"json": json_rows, "csv": csv_rows, "xml": xml_rows, "parquet": parquet_rows}


@dataclass
class Run:
    """A run of two files of 30 and 20 rows, and one reject."""

    root: Path
    format: str
    gzipped: bool
    names: list[str] = field(default_factory=list)

    @property
    def manifest_path(self) -> Path:
        return self.root / "_manifests" / f"{REQUEST}-{STAMP}.json"

    @property
    def manifest(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.manifest_path.read_text("utf-8"))
        return content

    def tell(self, **changes: Any) -> None:
        self.manifest_path.write_text(json.dumps(self.manifest | changes), "utf-8")

    def path(self, index: int) -> Path:
        return self.root / self.names[index]

    def payload(self, index: int) -> bytes:
        data = self.path(index).read_bytes()
        return gzip.decompress(data) if self.gzipped else data

    def put(self, index: int, payload: bytes) -> None:
        """Replace what a file holds, without a word in the manifest."""
        self.path(index).write_bytes(self.packed(payload))

    def packed(self, payload: bytes) -> bytes:
        return gzip.compress(payload, mtime=0) if self.gzipped else payload

    def admit(self, index: int, **more: Any) -> None:
        """Tell in the manifest what stands in the file now, apart from its rows."""
        entry = listed(self.path(index), self.payload(index)) | more
        files = self.manifest["files"]
        files[index] |= entry
        self.tell(files=files)


def listed(path: Path, payload: bytes) -> dict[str, Any]:
    stored = path.read_bytes()
    return {
        "bytes": len(stored),
        "uncompressed_bytes": len(payload),
        "crc32c": base64.b64encode(google_crc32c.Checksum(stored).digest()).decode(),
        "sha256": hashlib.sha256(stored).hexdigest(),
    }


def make_run(root: Path, format_: str = "json", *, gzipped: bool = False) -> Run:
    run = Run(root, format_, gzipped)
    for folder in ("_manifests", "_rejects"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    files = []
    for index, rows in enumerate((30, 20)):
        name = f"{REQUEST}-{STAMP}-Cart-Updated--20261120-{index}-db.{format_}{'.gz' * gzipped}"
        run.names.append(name)
        payload = ROWS[format_](rows)
        run.put(index, payload)
        place = {"name": name, "event_name": EVENT, "event_date": "2026-11-20", "index": index}
        files.append({**place, "rows": rows, **listed(run.path(index), payload)})
    rejects = f"_rejects/{REQUEST}-{STAMP}-0.json"
    (root / rejects).write_text('{"event_id":"x","reason":"too-long","detail":""}\n', "utf-8")
    content = {
        "version": 1, "request_id": REQUEST, "run_stamp": STAMP, "account_id": 1,
        "kind": "one_time", "data_type": "all_events", "format": format_,
        "compression": "gzip" if gzipped else "none", "as_string": False, "time_zone": "UTC",
        "window": {"start": "2026-11-20T00:00:00+00:00", "end": "2026-11-21T00:00:00+00:00"},
        "snapshot_at": "2026-11-21T00:10:00+00:00", "schema": {}, "rows_expected": 51,
        "rows_written": 50, "rows_rejected": 1, "rows_duplicate": 0, "rows_late": 0,
        "replaces": None, "encoder": "1", "files": files, "rejects": [{"name": rejects, "rows": 1}],
        "started_at": "2026-11-21T00:10:00+00:00", "finished_at": "2026-11-21T00:11:00+00:00",
        "producer": {"name": "by hand", "version": "0"},
    }  # fmt: skip
    run.manifest_path.write_text(json.dumps(content), "utf-8")
    return run


def problems_of(run: Run) -> list[str]:
    """What `verify` says of the folder."""
    return [str(problem) for problem in verify(str(run.root)).problems]
