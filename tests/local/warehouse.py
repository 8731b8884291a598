"""A warehouse file of a test's own, and files to load into it."""

import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from functions.local.load import LoadReport, load
from shared.adapters.duckdb_file import connect

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)


@dataclass
class Shop:
    """The open warehouse and a folder for files."""

    con: duckdb.DuckDBPyConnection
    folder: Path
    reports: list[LoadReport] = field(default_factory=list)

    def file(self, name: str, content: bytes | str) -> Path:
        path = self.folder / name
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    def lines(self, name: str, *rows: Mapping[str, Any]) -> Path:
        return self.file(name, "".join(json.dumps(row) + "\n" for row in rows))

    def load(
        self, *files: Path, kind: str = "events", now: datetime = NOW, **more: Any
    ) -> LoadReport:
        choices: dict[str, Any] = {"mapping": {}, "arrived": None, "account_id": 1} | more
        report = load(self.con, kind, files, now=now, reject_dir=self.folder / "rejects", **choices)
        counted = report.rows_loaded + report.rows_already_there + report.rows_rejected
        assert report.rows_read == counted
        assert report.rows_rejected == len(rejects(report))
        self.reports.append(report)
        return report

    def rows(self, columns: str, table: str = "events", order: str = "event_id") -> list[Any]:
        found = self.con.execute(f"SELECT {columns} FROM {table} ORDER BY {order}").fetchall()
        return [row[0] if len(row) == 1 else row for row in found]

    def props(self) -> list[Any]:
        """The event properties of all rows, in the order of their times."""
        return [text and json.loads(text) for text in self.rows("event_props", order="ts")]


def rejects(report: LoadReport) -> list[dict[str, Any]]:
    if report.reject_file is None:
        return []
    return [json.loads(line) for line in report.reject_file.read_text("utf-8").splitlines()]


@contextmanager
def open_shop(folder: Path) -> Iterator[Shop]:
    with connect(folder / "warehouse.duckdb", wait_s=5) as con:
        yield Shop(con, folder)
