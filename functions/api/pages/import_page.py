"""One import: how it stands, what it reads and how, its runs, and the one under way."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.pages.faults import fault_of_import
from functions.api.pages.frame import show, show_with
from functions.api.pages.import_form import FIELDS
from functions.api.pages.import_lines import import_line, marked, progress_words
from functions.api.pages.import_schedules import next_words
from functions.api.pages.imports import row_of
from functions.api.pages.text import NONE, local
from functions.api.pages.visits import Visit, go, is_fragment, page, url
from shared.domain.import_mapping import Kind, Mapping
from shared.domain.import_states import OPEN_RUN, ImportStatus
from shared.errors import SluiceError
from shared.jobs import manage_imports as jobs
from shared.jobs.list_imports import ImportView, get_import, list_import_runs
from shared.state.import_runs import ImportRun

RUNS = 20
ONE = "/imports/<id:import_id>"
_MOVES = {
    "run": jobs.run_import,
    "start": jobs.start_import,
    "pause": jobs.pause_import,
    "resume": jobs.resume_import,
}


@page(ONE, "imports.get")
def import_page(visit: Visit, import_id: int) -> ResponseReturnValue:
    """The page, with the newest runs or those of another page of them."""
    return _page(visit, import_id)


@page(
    ONE + "/<any(run, start, pause, resume):move>",
    "imports.get",
    methods=("GET", "POST"),
    change="imports.edit",
)
def move_import(visit: Visit, import_id: int, move: str) -> ResponseReturnValue:
    """*Run now*, *Pause*, *Resume*; a draft is started."""
    if request.method == "GET":
        return go("import_page", import_id=import_id)
    try:
        _MOVES[move](visit.services, visit.account_id, import_id, actor=visit.actor)
    except SluiceError as error:
        return _page(visit, import_id, error)
    if request.form.get("back") == "list":
        return go("imports", f"import-{move}")
    return go("import_page", f"import-{move}", import_id=import_id)


@page(ONE + "/progress", "imports.get")
def import_progress(visit: Visit, import_id: int) -> ResponseReturnValue:
    """How far the run under way is; htmx asks for it while there is one."""
    if not is_fragment():
        return go("import_page", import_id=import_id)
    view = get_import(visit.services, visit.account_id, import_id)
    moving = _moving(visit, view, _last(visit, import_id))
    response = show("import_progress.html", row=row_of(view, visit), **moving)
    if request.args.get("seen", "") != moving["seen"]:
        # A run has begun or ended, and with it more of the page is not true any more.
        response.headers["HX-Refresh"] = "true"
    return response


def _page(visit: Visit, import_id: int, error: SluiceError | None = None) -> ResponseReturnValue:
    view = get_import(visit.services, visit.account_id, import_id)
    runs = list_import_runs(
        visit.services,
        visit.account_id,
        import_id,
        page_size=RUNS,
        page_token=request.args.get("page_token") or None,
    )
    token, last = runs.next_page_token, _last(visit, import_id)
    spec = view.found.spec
    # A page that answers a form cannot be loaded again without sending the form again.
    return show_with(
        "import_page.html",
        error,
        row=row_of(view, visit),
        fault=None if last is None else fault_of_import(last),
        **_moving(visit, view, last) | ({} if error is None else {"moving": False}),
        figures=_figures(view),
        facts=_facts(visit, view),
        sql=spec.source.sql or "",
        mapping=None if spec.mapping is None else _mapping(spec.mapping),
        properties=() if spec.mapping is None else spec.mapping.properties,
        runs=[import_line(run) for run in runs.items],
        runs_url=url("import_page", import_id=import_id, page_token=token) if token else "",
    )


def _last(visit: Visit, import_id: int) -> ImportRun | None:
    found = list_import_runs(visit.services, visit.account_id, import_id, page_size=1)
    return next(iter(found.items), None)


def _moving(visit: Visit, view: ImportView, last: ImportRun | None) -> dict[str, Any]:
    """What the place of the progress needs."""
    running = last if last is not None and last.status in OPEN_RUN else None
    return {
        "progress": None if running is None else progress_words(running, visit.now),
        "progress_run": None if running is None else import_line(running),
        "moving": running is not None,
        # Stands for what of the import is as it was.
        "seen": "-".join(
            [
                str(view.found.status),
                str(last.run_id if last else 0),
                str(last.status if last else ""),
            ]
        ),
    }


def _figures(view: ImportView) -> list[tuple[str, str]]:
    found = view.found
    watermark = "Nothing yet" if found.watermark is None else marked(found.watermark)
    return [
        ("Last run", NONE if found.last_run_at is None else local(found.last_run_at)),
        ("Next run", NONE if found.next_run_at is None else local(found.next_run_at)),
        ("Imported up to", watermark),
    ]


def _facts(visit: Visit, view: ImportView) -> list[tuple[str, str]]:
    found, spec = view.found, view.found.spec
    row = row_of(view, visit)
    scheduled = view.status in (ImportStatus.SCHEDULED, ImportStatus.RUNNING)
    upcoming = next_words(spec.schedule, visit.now) if scheduled else []
    named = [
        ("Table or view", spec.source.table or ""),
        ("Imports", row.kind),
        ("Schedule", row.schedule),
        ("Next runs", "; ".join(upcoming)),
        ("Time zone", spec.schedule.time_zone if spec.is_scheduled else ""),
        ("Created", f"{local(found.created_at)} by {found.created_by or NONE}"),
    ]
    return [(name, value) for name, value in named if value]


def _mapping(mapping: Mapping) -> list[tuple[str, str]]:
    named = [("Identity", mapping.identity)]
    if mapping.kind is Kind.EVENTS:
        constant = f"“{mapping.event_name}” for all rows"
        named += [
            ("Event name", mapping.event_name_column or constant),
            ("Created On", mapping.created_on or ""),
        ]
    named.append(("Updated On", mapping.updated_on or "None: each run reads all rows"))
    named += [(FIELDS[ours], theirs) for ours, theirs in mapping.extra]
    return named
