"""Edit import: the same steps, prefilled; it applies from the next run on."""

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from functions.api.pages.import_fields import Form, mapping_fields, source_fields
from functions.api.pages.import_schedules import schedule_fields
from functions.api.pages.import_seen import key_of, seen_of_mapping
from functions.api.pages.import_steps import Steps
from functions.api.pages.new_import import named
from functions.api.pages.visits import Visit, go, page
from shared.domain.import_specs import ImportSpec
from shared.domain.import_states import ImportStatus, Move, check_move
from shared.errors import SluiceError
from shared.jobs import manage_imports as jobs


@page("/imports/<id:import_id>/edit", "imports.edit", methods=("GET", "POST"))
def edit_import(visit: Visit, import_id: int) -> ResponseReturnValue:
    """Show a step; *Update import* stores it, and *Create Import* starts a draft as well."""
    before = jobs.import_of(visit.services, visit.account_id, import_id)
    # What cannot be edited gets no form to fill in for nothing.
    check_move(Move.EDIT, jobs.status_of(visit.services, before))
    posted = request.method == "POST"
    form: Form = MultiDict(request.form) if posted else _prefilled(visit, before.spec)
    steps = Steps(visit, form, before.spec)
    draft = before.status is ImportStatus.DRAFT
    shown = {"import_id": import_id, "nickname": before.spec.nickname, "draft": draft}
    action = form.get("go", "")
    if action not in ("create", "draft", "update"):
        steps.follow()
        steps.notes += _zone_notes(visit, before.spec) if steps.step == "schedule" else []
        return steps.show("edit_import.html", **shown)
    start = draft and action == "create"
    try:
        spec = steps.spec(draft=draft and not start)
        jobs.edit_import(visit.services, visit.account_id, import_id, spec, actor=visit.actor)
        if start:
            jobs.start_import(visit.services, visit.account_id, import_id, actor=visit.actor)
    except SluiceError as error:
        steps.refuse(named(error))
        return steps.show("edit_import.html", **shown)
    notice = "import" if start else "draft" if draft else "import-updated"
    return go("import_page", notice, import_id=import_id)


def _zone_notes(visit: Visit, spec: ImportSpec) -> list[str]:
    was, zone = spec.schedule.time_zone, visit.account.time_zone
    if was == zone or not spec.is_scheduled:
        return []
    return [f"Its times were of {was}; saved again they are of {zone}."]


def _prefilled(visit: Visit, spec: ImportSpec) -> Form:
    pairs = source_fields(spec) + schedule_fields(spec.schedule, visit.account.time_zone)
    if spec.mapping is not None:
        key = key_of(spec.connection_id, spec.source)
        mapped, seen = mapping_fields(spec.mapping, seen_of_mapping(spec.mapping, key))
        pairs += [*mapped, ("columns", seen.to_text())]
    return MultiDict(pairs)
