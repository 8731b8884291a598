"""How to read what an export delivered: snippets to copy, for each tool."""

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.pages.frame import show
from functions.api.pages.visits import Visit, page
from shared.jobs.reader_kits import reader_kit_of


@page("/exports/<id:export_id>/reader-kit", "files.list")
def reader_kit(visit: Visit, export_id: int) -> ResponseReturnValue:
    """The snippets and what a reader has to know."""
    event = request.args.get("event") or None
    kit = reader_kit_of(visit.services, visit.account_id, export_id, event=event)
    return show("reader_kit.html", kit=kit, event=event or "")
