"""Create Import: source, mapping, dry run and schedule, step by step."""

from secrets import token_urlsafe

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from functions.api.pages.import_fields import Form, Wrong
from functions.api.pages.import_form import saved_connections
from functions.api.pages.import_steps import Steps
from functions.api.pages.made_once import made_once
from functions.api.pages.visits import Visit, go, page
from shared.domain.import_specs import ImportSpec
from shared.errors import Conflict, SluiceError
from shared.jobs.manage_connections import check_feature
from shared.jobs.manage_imports import create_import


@page("/imports/new", "imports.create", methods=("GET", "POST"))
def new_import(visit: Visit) -> ResponseReturnValue:
    """Show a step; *Create Import* and *Save as draft* make it."""
    check_feature(visit.services, visit.account_id)
    form: Form = MultiDict(request.form) if request.method == "POST" else _empty(visit)
    steps = Steps(visit, form)
    if form.get("go") not in ("create", "draft"):
        steps.follow()
        return steps.show("new_import.html")
    draft = form["go"] == "draft"
    try:
        import_id = made_once(visit, lambda: _made(visit, steps.spec(draft=draft), draft=draft))
    except SluiceError as error:
        steps.refuse(named(error))
        return steps.show("new_import.html")
    return go("import_page", "draft" if draft else "import", import_id=import_id)


def named(error: SluiceError) -> SluiceError:
    """A nickname that is taken is told beside it; what else is refused stays as it is."""
    if isinstance(error, Conflict) and error.reason == Conflict.default_reason:
        return Wrong("source", {"nickname": error.message})
    return error


def _made(visit: Visit, spec: ImportSpec, *, draft: bool) -> int:
    made = create_import(visit.services, visit.account_id, spec, start=not draft, actor=visit.actor)
    return made.import_id


def _empty(visit: Visit) -> Form:
    """The form to begin with; the only connection there is need not be chosen."""
    wanted = request.args.get("connection", "")
    saved = saved_connections(visit)
    if not wanted and len(saved) == 1:
        wanted = str(saved[0].connection_id)
    return MultiDict(
        {"request_id": token_urlsafe(18), "connection": wanted, "by": "table", "step": "source"}
    )
