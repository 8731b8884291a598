"""Edit: the form of an export that goes on, prefilled; it applies from the next run."""

from dataclasses import asdict
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.pages.choices import chosen, fields_of, fields_sent
from functions.api.pages.export import export_page
from functions.api.pages.export_form import offered
from functions.api.pages.frame import show_with
from functions.api.pages.visits import Visit, go, page
from shared.domain.edits import check_edit
from shared.domain.specs import ExportSpec
from shared.errors import SluiceError
from shared.jobs.manage_exports import edit_export as edit
from shared.jobs.manage_exports import export_of


@page("/exports/<id:export_id>/edit", "exports.edit", methods=("GET", "POST"))
def edit_export(visit: Visit, export_id: int) -> ResponseReturnValue:
    """Show the form; Update export stores it."""
    export = export_of(visit.services, visit.account_id, export_id)
    given = fields_of(_choices(export.spec))
    error = None
    if request.method == "POST":
        given = fields_sent(request.form) | {"frequency": str(export.spec.frequency)}
        try:
            edit(
                visit.services,
                visit.account_id,
                export_id,
                actor=visit.actor,
                **edits(visit, export.spec),
            )
            return go("export", "updated", export_id=export_id)
        except SluiceError as refused:
            error = refused
    else:
        # What cannot be edited gets no form to fill in for nothing, but what can be done instead.
        try:
            check_edit(export.spec, export.spec, export.status)
        except SluiceError as refused:
            return export_page(visit, export_id, refused)
    return show_with(
        "edit_export.html",
        error,
        export_id=export_id,
        preview=None,
        **offered(visit, given, editing=True),
    )


def edits(visit: Visit, before: ExportSpec) -> dict[str, Any]:
    """What the form changes; a switched-off radio button sends nothing, and means no change."""
    form = request.form.copy()
    form["frequency"] = str(before.frequency)
    form.setdefault("data_type", str(before.data_type))
    return chosen(form, visit.actor, today=before.start_on, editing=True).choices


def _choices(spec: ExportSpec) -> dict[str, Any]:
    return asdict(spec)
