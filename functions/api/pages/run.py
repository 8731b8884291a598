"""One run: its timeline, its files with checksums, its manifest, and what went wrong."""

import json
from datetime import datetime
from itertools import pairwise

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.pages.faults import fault_of
from functions.api.pages.frame import show_with
from functions.api.pages.run_difference import run_difference
from functions.api.pages.run_lines import run_line, window_words
from functions.api.pages.run_progress import ONE, existing_run, run_moving
from functions.api.pages.text import NONE, number, size, span, words
from functions.api.pages.visits import Visit, go, page, url
from shared.domain.counted import counted
from shared.domain.runs import RunStatus
from shared.errors import SluiceError
from shared.jobs.rates import allow
from shared.jobs.replay import replay_run as replay
from shared.jobs.retry_run import retry_run as retry
from shared.jobs.runs_view import RunView, get_manifest, list_files

FILES = 50
# A manifest of a large run has a line a file; its beginning tells how it looks.
MANIFEST_CHARS = 20_000


@page(ONE, "runs.get")
def run(visit: Visit, export_id: int, run_id: int) -> ResponseReturnValue:
    """The page of a run."""
    return _page(visit, export_id, run_id)


@page(ONE + "/retry", "runs.get", methods=("GET", "POST"), change="runs.retry")
def retry_run(visit: Visit, export_id: int, run_id: int) -> ResponseReturnValue:
    """Plan a failed run afresh."""
    if request.method == "GET":
        return go("run", export_id=export_id, run_id=run_id)
    view = existing_run(visit, export_id, run_id)
    try:
        allow(visit.services, visit.account_id, visit.actor, "run")
        made = retry(visit.services, visit.actor, visit.account_id, view.run.run_id)
    except SluiceError as error:
        return _page(visit, export_id, run_id, error)
    return go("run", "retried", export_id=export_id, run_id=made.run_id)


@page(ONE + "/replay", "runs.get", methods=("GET", "POST"), change="runs.replay")
def replay_run(visit: Visit, export_id: int, run_id: int) -> ResponseReturnValue:
    """Deliver the window once more under a new stamp."""
    if request.method == "GET":
        return go("run", export_id=export_id, run_id=run_id)
    view = existing_run(visit, export_id, run_id)
    try:
        allow(visit.services, visit.account_id, visit.actor, "run")
        made = replay(visit.services, visit.actor, visit.account_id, view.run.run_id)
    except SluiceError as error:
        return _page(visit, export_id, run_id, error)
    return go("run", "replayed", export_id=export_id, run_id=made.run_id)


def _page(
    visit: Visit, export_id: int, run_id: int, error: SluiceError | None = None
) -> ResponseReturnValue:
    view = existing_run(visit, export_id, run_id)
    files = list_files(
        visit.services,
        visit.account_id,
        run_id,
        page_size=FILES,
        page_token=request.args.get("page_token") or None,
    )
    token = files.next_page_token
    here = {"export_id": export_id, "run_id": run_id}
    manifest = get_manifest(visit.services, visit.account_id, run_id)
    line = run_line(view.run, view.export.spec.time_zone)
    return show_with(
        "run.html",
        error,
        # A page that answers a form cannot be loaded again without sending the form again.
        **run_moving(visit, view) | ({} if error is None else {"moving": False}),
        fault=fault_of(view.run),
        export_id=export_id,
        run={
            "id": line.id,
            "stamp": line.stamp,
            "status": line.status,
            "retryable": view.may_retry,
            "replayable": view.may_replay,
            "done": view.run.status is RunStatus.DONE,
        },
        figures=_figures(view),
        facts=_facts(view),
        timeline=_timeline(view),
        files=files.items,
        files_url=url("run", **here, page_token=token) if token else "",
        manifest=None if manifest is None else _pretty(manifest),
        manifest_name=view.manifest_name,
        difference=run_difference(visit.services, visit.account_id, run_id),
    )


def _figures(view: RunView) -> list[tuple[str, str]]:
    found = view.run
    if found.finished_at is None:
        # Its progress stands above, and is kept up to date.
        return [("Rows expected", number(found.rows_expected))]
    return [
        ("Rows delivered", number(found.rows_written)),
        ("Rows expected", number(found.rows_expected)),
        ("Bytes", size(found.bytes_written)),
        ("Files", number(found.files_written)),
        ("Took", NONE if found.duration is None else span(found.duration)),
    ]


def _facts(view: RunView) -> list[tuple[str, str]]:
    found, zone = view.run, view.export.spec.time_zone
    named = [
        ("Kind", words(found.kind)),
        ("Window", f"{window_words(found.window, zone)} ({zone})"),
        ("Rejected rows", number(found.rows_rejected)),
        ("Duplicates left out", number(found.rows_duplicate)),
        ("Late rows", number(found.rows_late)),
        ("Replaces run", "" if found.replaces_stamp is None else str(found.replaces_stamp)),
        ("Bytes scanned", size(found.bytes_processed) if found.bytes_processed else ""),
        ("Estimated cost", f"${found.cost_usd:,.4f}" if found.cost_usd else ""),
    ]
    change = view.difference
    if change is not None:
        changes = (change.rows, "row"), (change.bytes, "byte"), (change.files, "file")
        text = ", ".join(counted(count, what, sign=True) for count, what in changes)
        named.append(("Against the first delivery", text))
    return [(name, value) for name, value in named if value]


def _timeline(view: RunView) -> list[tuple[str, datetime, str]]:
    """What happened when, and how long after the point before."""
    found = view.run
    ends = {
        RunStatus.DONE: "Delivered, manifest written",
        RunStatus.FAILED: "Failed",
        RunStatus.STOPPED: "Stopped",
    }
    points = [("Due", found.due_at)]
    # The dates of a one-time export may reach into the future.
    if found.window.end_at <= found.due_at:
        points.insert(0, ("Window ended", found.window.end_at))
    if found.started_at is not None:
        points.append(("Frozen and planned", found.started_at))
    if found.finished_at is not None:
        points.append((ends.get(found.status, "Ended"), found.finished_at))
    times = [at for _, at in points]
    lengths = ["", *(span(later - at) for at, later in pairwise(times))]
    return [(what, at, length) for (what, at), length in zip(points, lengths, strict=True)]


def _pretty(manifest: bytes) -> str:
    text = json.dumps(json.loads(manifest), indent=2, ensure_ascii=False)
    return text if len(text) <= MANIFEST_CHARS else text[:MANIFEST_CHARS] + "\n…"
