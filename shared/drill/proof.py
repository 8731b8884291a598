"""Proves from a drill's bucket that every window was delivered, once and whole."""

import json
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import google_crc32c

from shared.domain.runs import RunStatus
from shared.domain.windows import first_cursor
from shared.drill.sandbox import Sandbox
from shared.errors import OurFault
from shared.formats.checksums import crc32c_text
from shared.jobs.frozen import names_of
from shared.jobs.manage_exports import export_of
from shared.state import runs
from shared.state.exports import Export
from shared.state.runs import Run


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found in the bucket."""

    windows: int
    files: int
    rows: int
    # All that arrived before this moment is there.
    until: datetime


def all_delivered(sandbox: Sandbox, export: Export) -> bool:
    """Whether every window that was ever due has a delivery."""
    now = export_of(sandbox.services, export.account_id, export.export_id)
    done = delivered(sandbox, export)
    return bool(done) and done[-1].window.end_at == now.cursor_at and _in_one_piece(export, done)


def delivered(sandbox: Sandbox, export: Export) -> list[Run]:
    """The runs that were delivered, by their windows."""
    found = sandbox.services.database.run(
        lambda c: runs.list_for_export(c, export.account_id, export.export_id)
    )
    done = [run for run in found if run.status is RunStatus.DONE]
    return sorted(done, key=lambda run: run.window.end_at)


def prove(sandbox: Sandbox, export: Export) -> Proof:
    """Read every manifest and file; raises OurFault when anything is missing or different."""
    done = delivered(sandbox, export)
    if not done or not _in_one_piece(export, done):
        raise OurFault("The drill did not deliver its windows without a gap.")
    files = rows = 0
    for run in done:
        manifest = json.loads((sandbox.bucket / names_of(run).manifest()).read_text("utf-8"))
        for entry in manifest["files"]:
            _check(sandbox, entry)
            files += 1
            rows += int(entry["rows"])
    begin, until = done[0].window.start_at, done[-1].window.end_at
    if rows != sandbox.rows_between(begin, until):
        raise OurFault("The drill's files do not hold the rows that arrived.")
    return Proof(len(done), files, rows, until)


def _in_one_piece(export: Export, done: list[Run]) -> bool:
    """From the first moment on, with no gap and nothing twice."""
    starts = done[0].window.start_at == first_cursor(export.spec)
    return starts and all(a.window.end_at == b.window.start_at for a, b in pairwise(done))


def _check(sandbox: Sandbox, entry: dict[str, Any]) -> None:
    content = (sandbox.bucket / entry["name"]).read_bytes()
    crc32c = crc32c_text(google_crc32c.Checksum(content).digest())
    if (len(content), crc32c) != (entry["bytes"], entry["crc32c"]):
        raise OurFault("A file of the drill is not what its manifest says.")
