"""One run of an import: its totals, what it read, and the rows that it rejected, to download."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue

from functions.api.pages.faults import fault_of_import
from functions.api.pages.frame import show
from functions.api.pages.import_lines import import_line, marked
from functions.api.pages.text import local, plain
from functions.api.pages.visits import Visit, page, url
from shared.domain.import_states import OPEN_RUN
from shared.errors import InvalidInput, NotFound
from shared.jobs.list_imports import get_import, get_import_run, rejected_lines
from shared.state.import_runs import ImportRun

REJECTS = 50
ONE = "/imports/<id:import_id>/runs/<id:import_run_id>"
_HEAD = ("row", "reason", "values")


@dataclass(frozen=True, slots=True)
class Reject:
    """One rejected row."""

    row: int
    reason: str
    values: str


@page(ONE, "imports.get")
def import_run(visit: Visit, import_id: int, import_run_id: int) -> ResponseReturnValue:
    """The page of a run, with some of the rejected rows."""
    run = _existing(visit, import_id, import_run_id)
    view = get_import(visit.services, visit.account_id, import_id)
    first = _place(request.args.get("from", "1"))
    found = list(islice(_rejects(visit, run), first - 1, first + REJECTS))
    here = {"import_id": import_id, "import_run_id": import_run_id}
    line = import_line(run)
    return show(
        "import_run.html",
        import_id=import_id,
        nickname=view.found.spec.nickname,
        run=line,
        open=run.status in OPEN_RUN,
        fault=fault_of_import(run),
        figures=[
            ("Rows read", line.read),
            ("Imported", line.imported),
            ("Unchanged", line.unchanged),
            ("Rejected", line.rejected),
            ("Took", line.took),
        ],
        facts=_facts(run),
        reasons=sorted(run.rejected_by_reason.items(), key=lambda each: (-each[1], each[0])),
        rejects=found[:REJECTS],
        rejected=run.rows_rejected,
        kept_max=visit.services.limits.import_rejects_kept,
        first=first,
        download_url=url("import_rejects", **here),
        earlier_url=url("import_run", **here, **{"from": max(first - REJECTS, 1)})
        if first > 1
        else "",
        later_url=url("import_run", **here, **{"from": first + REJECTS})
        if len(found) > REJECTS
        else "",
    )


@page(ONE + "/rejects.csv", "imports.get")
def import_rejects(visit: Visit, import_id: int, import_run_id: int) -> ResponseReturnValue:
    """*Download*: what is kept of the rejected rows, the same that the API gives, as CSV.

    No cell can begin a formula: they are a number, a reason of ours, and a JSON object.
    """
    run = _existing(visit, import_id, import_run_id)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEAD)
    writer.writerows((each.row, each.reason, each.values) for each in _rejects(visit, run))
    response = Response(text.getvalue(), content_type="text/csv; charset=utf-8")
    name = f"rejects-{import_id}-{import_run_id}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _existing(visit: Visit, import_id: int, run_id: int) -> ImportRun:
    run = get_import_run(visit.services, visit.account_id, run_id)
    if run.import_id != import_id:
        raise NotFound(f"The import {import_id} has no run {run_id}.")
    return run


def _rejects(visit: Visit, run: ImportRun) -> Iterator[Reject]:
    for piece in rejected_lines(visit.services, visit.account_id, run.run_id):
        for line in piece.splitlines():
            found: dict[str, Any] = json.loads(line)
            values = found["values"]
            shown = "" if values is None else json.dumps(values, ensure_ascii=False)
            yield Reject(found["row"], plain(found["reason"]), shown)


def _place(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 9 and int(text)):
        raise InvalidInput("Rows are counted from 1; open the run again from its import.")
    return int(text)


def _facts(run: ImportRun) -> list[tuple[str, str]]:
    spec = run.spec
    mark = run.watermark_from
    since = "All rows" if mark is None else f"Changed since {marked(mark)}"
    named = [
        ("Due", local(run.due_at)),
        ("Asked by", run.asked_by or "Its schedule"),
        ("Started", "" if run.started_at is None else local(run.started_at)),
        ("Ended", "" if run.finished_at is None else local(run.finished_at)),
        ("Read", "" if spec is None else spec.source.table or "A SELECT"),
        ("Which rows", since if run.started_at is not None else ""),
        ("Imported up to", "" if run.watermark_to is None else marked(run.watermark_to)),
        ("Bytes scanned", f"{run.bytes_processed:,}" if run.bytes_processed else ""),
    ]
    return [(name, value) for name, value in named if value]
