"""Export to Google Cloud: the form of a new export, perhaps prefilled from an earlier one."""

from collections.abc import Sequence
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.pages.choices import chosen, fields_of, fields_sent
from functions.api.pages.export_form import folder_here, offered
from functions.api.pages.frame import show_with
from functions.api.pages.made_once import made_once
from functions.api.pages.visits import Visit, go, page
from shared.errors import InvalidInput, SluiceError
from shared.jobs.create_again import create_again
from shared.jobs.manage_buckets import list_buckets
from shared.jobs.manage_exports import create_export


@page("/exports/new", "exports.create", methods=("GET", "POST"))
def new_export(visit: Visit) -> ResponseReturnValue:
    """Show the form; Export closes it and begins."""
    if request.method == "GET":
        again = _export_id(request.args.get("again", ""))
        given, notes = _prefilled(visit, again)
        return form_page(visit, given, again=again, notes=notes)
    try:
        _create(visit)
    except SluiceError as error:
        return form_page(visit, fields_sent(request.form), error)
    return go("exports", "initiated")


def form_page(
    visit: Visit,
    given: dict[str, Any],
    error: SluiceError | None = None,
    *,
    preview: object = None,
    again: int | None = None,
    notes: Sequence[str] = (),
) -> ResponseReturnValue:
    """The form with what stands in it."""
    return show_with(
        "new_export.html",
        error,
        preview=preview,
        notes=notes,
        continues=again or _export_id(request.form.get("again", "")),
        **offered(visit, given),
    )


def continued(visit: Visit, choices: dict[str, Any]) -> dict[str, Any]:
    """The choices, going on from another export while its start date was left alone."""
    again = _export_id(request.form.get("again", ""))
    if again is None:
        return choices
    before = create_again(visit.services, visit.account_id, again).choices
    same = ("frequency", "start_on")
    if before.get("continue_from") is None or any(
        before.get(name) != choices.get(name) for name in same
    ):
        return choices
    return choices | {"continue_from": before["continue_from"]}


def _create(visit: Visit) -> None:
    """Make it once, however often the form is sent."""
    found = chosen(request.form, visit.actor, today=visit.today)
    choices = continued(visit, found.choices)

    def make() -> int:
        made = create_export(visit.services, visit.account_id, actor=visit.actor, **choices)
        return made.export_id

    made_once(visit, make)


def _prefilled(visit: Visit, again: int | None) -> tuple[dict[str, Any], Sequence[str]]:
    if again is not None:
        found = create_again(visit.services, visit.account_id, again)
        return fields_of(found.choices), found.notes
    saved = list_buckets(visit.services, visit.account_id)
    wanted = request.args.get("bucket", "")
    first = saved[0].url if saved else folder_here(visit.actor)
    return fields_of({"bucket": wanted or first}), ()


def _export_id(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InvalidInput("A request id has digits only.")
    return int(text)
