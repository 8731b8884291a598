"""One export: settings, how to find its files, charts, its runs, and the one under way."""

from dataclasses import dataclass
from itertools import chain
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.pages.export_charts import charts_of
from functions.api.pages.export_words import settings_of, waiting_words
from functions.api.pages.exports import LIVE, is_moving
from functions.api.pages.faults import fault_of, fault_of_health
from functions.api.pages.frame import show, show_with
from functions.api.pages.progress import Shown, progress_of
from functions.api.pages.run_lines import run_line
from functions.api.pages.run_timeline import RUNS_SHOWN, Timeline, timeline_of
from functions.api.pages.states import State, of_export, of_health
from functions.api.pages.text import NONE, local, number, size, span
from functions.api.pages.visits import Visit, go, is_fragment, page, url
from shared.domain.choices import Frequency
from shared.errors import SluiceError
from shared.jobs.list_exports import ExportView, get_export
from shared.jobs.rates import allow
from shared.jobs.run_now import run_now as run_at_once
from shared.jobs.runs_view import get_run, list_runs

RUNS = 20
PREFIXES = ("Data", "Manifests", "Rejects")


@dataclass(frozen=True, slots=True)
class Head:
    """What stands on top of the page."""

    id: int
    zone: str
    status: State
    health: State | None
    open: bool
    editable: bool
    runnable: bool


@page("/exports/<id:export_id>", "exports.get")
def export(visit: Visit, export_id: int) -> ResponseReturnValue:
    """The page, with the newest runs or those of another page of them."""
    return export_page(visit, export_id)


@page("/exports/<id:export_id>/run", "exports.get", methods=("GET", "POST"), change="exports.run")
def run_now(visit: Visit, export_id: int) -> ResponseReturnValue:
    """The next due window at once."""
    if request.method == "GET":
        return go("export", export_id=export_id)
    try:
        allow(visit.services, visit.account_id, visit.actor, "run")
        run_at_once(visit.services, visit.actor, visit.account_id, export_id)
    except SluiceError as error:
        return export_page(visit, export_id, error)
    return go("export", "running", export_id=export_id)


@page("/exports/<id:export_id>/progress", "exports.get")
def progress(visit: Visit, export_id: int) -> ResponseReturnValue:
    """How far the run under way is; htmx asks for it while there is one."""
    view = get_export(visit.services, visit.account_id, export_id)
    if not is_fragment():
        return go("export", export_id=export_id)
    response = show("progress_place.html", export=head_of(view), **_moving(visit, view))
    if request.args.get("seen", "") != _seen(view):
        # A run has begun or ended, and with it more of the page is not true any more.
        response.headers["HX-Refresh"] = "true"
    return response


def head_of(view: ExportView) -> Head:
    """What may be done with the export, and how it stands."""
    found = view.row.export
    live = found.status in LIVE
    once = found.spec.frequency is Frequency.ONE_TIME
    return Head(
        id=found.export_id,
        zone=found.spec.time_zone,
        status=of_export(found.status),
        health=of_health(view.row.health),
        open=live,
        editable=live and not once,
        runnable=live and not once and view.running is None,
    )


def export_page(
    visit: Visit, export_id: int, error: SluiceError | None = None
) -> ResponseReturnValue:
    """The export, with what was refused to whoever asked for a change."""
    view = get_export(visit.services, visit.account_id, export_id)
    runs = list_runs(
        visit.services,
        visit.account_id,
        export_id,
        page_size=RUNS,
        page_token=request.args.get("page_token") or None,
    )
    token, zone = runs.next_page_token, view.row.export.spec.time_zone
    return show_with(
        "export.html",
        error,
        export=head_of(view),
        # A page that answers a form cannot be loaded again without sending the form again.
        **_moving(visit, view) | ({} if error is None else {"moving": False}),
        **_failure(visit, view),
        figures=_figures(view),
        settings=settings_of(view),
        prefixes=list(zip(PREFIXES, view.prefixes, strict=False)),
        listing=view.listing_command,
        reader_url=url("reader_kit", export_id=export_id),
        runs=[run_line(each, zone) for each in runs.items],
        runs_url=url("export", export_id=export_id, page_token=token) if token else "",
        timeline=_timeline(visit, view),
        waiting=waiting_words(view),
        **charts_of(visit, export_id, zone),
    )


def _moving(visit: Visit, view: ExportView) -> dict[str, Any]:
    """What the place of the progress needs."""
    shown: Shown | None = None
    if view.running is not None and view.progress is not None:
        shown = progress_of(view.running, view.progress)
    export_id, seen = view.row.export.export_id, _seen(view)
    return {
        "progress": shown,
        "moving": is_moving(view.row, visit.now),
        "seen": seen,
        "progress_url": url("progress", export_id=export_id, seen=seen),
        "again_url": url("export", export_id=export_id),
    }


def _seen(view: ExportView) -> str:
    """Stands for what of the export is as it was: its status, the run under way, the last one."""
    runs = (view.running, view.row.last_run)
    states = ((0, "") if run is None else (run.run_id, run.status) for run in runs)
    return "-".join(map(str, (view.row.export.status, *chain.from_iterable(states))))


def _failure(visit: Visit, view: ExportView) -> dict[str, Any]:
    """Why the export fails or its last run did, and whether that can be tried again."""
    last, health = view.row.last_run, view.row.health
    fault = None if last is None else fault_of(last)
    if last is None or fault is None:
        return {"fault": None if health is None else fault_of_health(health)}
    retryable = get_run(visit.services, visit.account_id, last.run_id).may_retry
    return {"fault": fault, "failed": {"id": last.run_id, "stamp": last.stamp, "retry": retryable}}


def _timeline(visit: Visit, view: ExportView) -> Timeline | None:
    found = view.row.export
    runs = list_runs(visit.services, visit.account_id, found.export_id, page_size=RUNS_SHOWN)
    return timeline_of(runs.items, found.spec.time_zone)


def _figures(view: ExportView) -> list[tuple[str, str]]:
    zone, last = view.row.export.spec.time_zone, view.row.last_run
    due, until = view.row.next_due_at, view.row.delivered_until
    health = view.row.health
    # Of a run under way the progress tells what is done, and keeps telling.
    told = last if last is not None and last.finished_at is not None else None
    ran = ("Last run", NONE if last is None else local(last.started_at or last.due_at, zone))
    if view.row.export.spec.frequency is Frequency.ONE_TIME:
        return [
            ran,
            ("Rows", NONE if told is None else number(told.rows_written)),
            ("Bytes", NONE if told is None else size(told.bytes_written)),
            ("Files", NONE if told is None else number(told.files_written)),
            ("Took", NONE if told is None else span(told.duration)),
        ]
    since = []
    if health is not None and health.since is not None:
        since = [(f"{health.state} since".capitalize(), local(health.since, zone))]
    return [
        *since,
        ran,
        ("Rows, last run", NONE if told is None else number(told.rows_written)),
        ("Next run", NONE if due is None else local(due, zone)),
        ("Delivered up to", NONE if until is None else local(until, zone)),
        ("Freshness", NONE if view.row.freshness is None else span(view.row.freshness)),
    ]
