"""First run: three steps from nothing to a first export."""

import os
from pathlib import Path
from shlex import quote

from flask.typing import ResponseReturnValue

from functions.api.pages.frame import show
from functions.api.pages.visits import Visit, page
from shared.domain.filters import ExportFilter
from shared.domain.members import Via
from shared.jobs.event_names import names_to_offer
from shared.jobs.list_exports import list_exports
from shared.jobs.manage_buckets import list_buckets


@page("/start", "exports.list")
def start(visit: Visit) -> ResponseReturnValue:
    """What is done and what comes next."""
    buckets = list_buckets(visit.services, visit.account_id)
    exports = list_exports(visit.services, visit.account_id, ExportFilter(), page_size=1).items
    names = names_to_offer(visit.services, visit.account_id, actor=visit.actor)
    steps = {
        "account": bool(visit.account.name or buckets or exports),
        "bucket": buckets[0].nickname if buckets else "",
        "export": bool(exports),
    }
    local = visit.actor.via is Via.LOCAL
    return show("start.html", steps=steps, local=local, names=names, home=_home() if local else "")


def _home() -> str:
    """What commands of another terminal need in front to find the data of this Sluice."""
    home = os.environ.get("SLUICE_HOME")
    return f"SLUICE_HOME={quote(str(Path(home).absolute()))} " if home else ""
