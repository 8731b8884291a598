"""Names of events to tick in the form of an export, found by how they begin."""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from functions.api.pages.export_form import found_names
from functions.api.pages.frame import show
from functions.api.pages.visits import Visit, is_fragment, page, url
from shared.jobs.event_names import names_to_offer


@page("/event-names", "exports.preview")
def event_names(visit: Visit) -> ResponseReturnValue:
    """The part of the form with them; without htmx there is the whole form."""
    if not is_fragment():
        return redirect(url("new_export"))
    ticked = request.args.getlist("event")
    known = names_to_offer(visit.services, visit.account_id, actor=visit.actor)
    beginning = request.args.get("find", "")[:200]
    return show("event_names.html", names=found_names(known, ticked, beginning))
