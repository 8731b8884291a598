"""One export: settings, how to find its files, charts, its runs, and the one under way."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.pages.charts import per_day
from functions.api.pages.export_words import settings_of, waiting_words
from functions.api.pages.exports import LIVE
from functions.api.pages.faults import Fault, fault_of, fault_of_health
from functions.api.pages.frame import show, status_of, told
from functions.api.pages.progress import Shown, progress_of
from functions.api.pages.run_lines import run_line
from functions.api.pages.states import State, of_export, of_health
from functions.api.pages.text import NONE, local, number, size, span
from functions.api.pages.visits import Visit, go, page, url
from shared.domain.choices import Frequency
from shared.domain.local_time import local_date
from shared.errors import SluiceError
from shared.jobs.list_exports import ExportView, get_export
from shared.jobs.rates import allow
from shared.jobs.run_now import run_now as run_at_once
from shared.jobs.runs_view import counts_by_day, list_runs

DAYS = 30
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
    return _page(visit, export_id)


@page("/exports/<id:export_id>/run", "exports.get", methods=("GET", "POST"), change="exports.run")
def run_now(visit: Visit, export_id: int) -> ResponseReturnValue:
    """The next due window at once."""
    if request.method == "GET":
        return go("export", export_id=export_id)
    try:
        allow(visit.services, visit.account_id, visit.actor, "run")
        run_at_once(visit.services, visit.actor, visit.account_id, export_id)
    except SluiceError as error:
        return _page(visit, export_id, error)
    return go("export", "running", export_id=export_id)


@page("/exports/<id:export_id>/progress", "exports.get")
def progress(visit: Visit, export_id: int) -> ResponseReturnValue:
    """How far the run under way is; htmx asks for it while there is one."""
    view = get_export(visit.services, visit.account_id, export_id)
    shown = _progress(view)
    return show("progress_place.html", export=head_of(view), progress=shown, ended=shown is None)


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


def _page(visit: Visit, export_id: int, error: SluiceError | None = None) -> ResponseReturnValue:
    view = get_export(visit.services, visit.account_id, export_id)
    runs = list_runs(
        visit.services,
        visit.account_id,
        export_id,
        page_size=RUNS,
        page_token=request.args.get("page_token") or None,
    )
    token, zone = runs.next_page_token, view.row.export.spec.time_zone
    return show(
        "export.html",
        status=200 if error is None else status_of(error),
        error=None if error is None else told(error),
        export=head_of(view),
        fault=_fault(view),
        progress=_progress(view),
        figures=_figures(view),
        settings=settings_of(view),
        prefixes=list(zip(PREFIXES, view.prefixes, strict=False)),
        listing=view.listing_command,
        reader_url=url("reader_kit", export_id=export_id),
        runs=[run_line(each, zone) for each in runs.items],
        runs_url=url("export", export_id=export_id, page_token=token) if token else "",
        waiting=waiting_words(view),
        **_charts(visit, export_id, zone),
    )


def _fault(view: ExportView) -> Fault | None:
    """Why the export fails, while it goes on."""
    last, health = view.row.last_run, view.row.health
    told = fault_of(last) if last is not None and health is not None else None
    return told or (fault_of_health(health) if health is not None else None)


def _progress(view: ExportView) -> Shown | None:
    if view.running is None or view.progress is None:
        return None
    return progress_of(view.running, view.progress)


def _figures(view: ExportView) -> list[tuple[str, str]]:
    zone, last = view.row.export.spec.time_zone, view.row.last_run
    due, until = view.row.next_due_at, view.row.delivered_until
    health = view.row.health
    since = None if health is None or health.since is None else local(health.since, zone)
    return [
        *(
            []
            if since is None or health is None
            else [(f"{health.state} since".capitalize(), since)]
        ),
        ("Last run", NONE if last is None else local(last.started_at or last.due_at, zone)),
        ("Rows in it", NONE if last is None else number(last.rows_written)),
        ("Next run", NONE if due is None else local(due, zone)),
        ("Delivered up to", NONE if until is None else local(until, zone)),
        ("Freshness", NONE if view.row.freshness is None else span(view.row.freshness)),
    ]


def _charts(visit: Visit, export_id: int, zone: str) -> dict[str, object]:
    counts = counts_by_day(visit.services, visit.account_id, export_id, days=DAYS)
    today = local_date(visit.now, zone)
    rows: Counter[object] = Counter()
    stored: Counter[object] = Counter()
    lines = []
    for count in counts:
        day = count.event_date or today - timedelta(days=DAYS)
        rows[day] += count.rows
        stored[day] += count.bytes
        name = "All user properties" if count.event_name is None else count.event_name
        lines.append({"event": name, "day": day, "rows": count.rows, "bytes": count.bytes})
    if not lines:
        return {"rows_chart": None, "bytes_chart": None, "counts": ()}
    options = {"last": today, "days": DAYS}
    return {
        "rows_chart": per_day("Rows", rows, written=number, **options),  # type: ignore[arg-type]
        "bytes_chart": per_day("Bytes", stored, written=size, tone="bytes", **options),  # type: ignore[arg-type]
        "counts": lines,
    }
