"""How far one run is, asked for again and again by its page until nothing of it changes."""

from datetime import timedelta
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.pages.frame import show
from functions.api.pages.progress import progress_of
from functions.api.pages.visits import Visit, go, is_fragment, page, url
from shared.domain.runs import ENDED_RUN, OPEN_RUN, RunStatus
from shared.errors import NotFound
from shared.jobs.recounts_view import Comparing, difference_of
from shared.jobs.runs_view import RunView, get_run

ONE = "/exports/<id:export_id>/runs/<id:run_id>"
# A comparison that has not come by then is not waited for on the page.
WAIT_MAX = timedelta(hours=1)


@page(ONE + "/progress", "runs.get")
def run_progress(visit: Visit, export_id: int, run_id: int) -> ResponseReturnValue:
    """The place of the progress; htmx asks for it while the run or its comparison goes on."""
    view = existing_run(visit, export_id, run_id)
    if not is_fragment():
        return go("run", export_id=export_id, run_id=run_id)
    now = run_moving(visit, view)
    response = show("progress_place.html", **now)
    if request.args.get("seen", "") == now["seen"]:
        return response
    # More of the page is not true any more; at the end neither is what its notice says.
    if now["moving"]:
        response.headers["HX-Refresh"] = "true"
    else:
        response.headers["HX-Redirect"] = now["again_url"]
    return response


def existing_run(visit: Visit, export_id: int, run_id: int) -> RunView:
    """The run of this export; raises NotFound where it is another one's."""
    view = get_run(visit.services, visit.account_id, run_id)
    if view.run.export_id != export_id:
        raise NotFound(f"The export {export_id} has no run {run_id}.")
    return view


def run_moving(visit: Visit, view: RunView) -> dict[str, Any]:
    """What the place of the progress needs."""
    run = view.run
    compared = difference_of(visit.services, visit.account_id, run.run_id).state
    ended_at = run.finished_at or visit.now
    waits = compared is Comparing.WAITING and run.status is RunStatus.DONE
    moving = run.status not in ENDED_RUN or (waits and visit.now - ended_at < WAIT_MAX)
    here = {"export_id": run.export_id, "run_id": run.run_id}
    seen = f"{run.status}-{compared}"
    return {
        "progress": progress_of(run, view.progress) if run.status in OPEN_RUN else None,
        "moving": moving,
        "seen": seen,
        "progress_url": url("run_progress", **here, seen=seen),
        "again_url": url("run", **here),
    }
