"""Preview: what the form's choices would run, name and deliver, before anything is created."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.pages.choices import chosen, fields_sent
from functions.api.pages.edit_export import edits
from functions.api.pages.frame import show, told
from functions.api.pages.new_export import continued, form_page
from functions.api.pages.run_lines import window_words
from functions.api.pages.text import DASH, NONE, local, number, size
from functions.api.pages.visits import Visit, is_fragment, page
from shared.domain.choices import Frequency
from shared.domain.specs import ExportSpec
from shared.domain.windows import Window, settle_delay, upcoming_windows
from shared.errors import SluiceError
from shared.jobs import preview as previews
from shared.jobs.manage_exports import export_of
from shared.jobs.rates import allow

ORDINALS = ("First", "Second", "Third")


@dataclass(frozen=True, slots=True)
class Line:
    """One window that would run."""

    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What the place beside the form shows."""

    error: str = ""
    sentence: str = ""
    windows: Sequence[Line] = ()
    notes: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    names: Sequence[str] = ()
    # Files beside those that are named.
    more: int = 0
    # The first rows: text, or a table where files are Parquet.
    event: str = ""
    text: str = ""
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    rejected: Sequence[str] = ()


@page("/exports/preview", "exports.preview", methods=("GET", "POST"))
def preview(visit: Visit) -> ResponseReturnValue:
    """Beside the form with htmx, else the whole form with what it would do."""
    shown = Shown() if request.method == "GET" else _look(visit)
    if is_fragment():
        return show("preview.html", preview=shown)
    return form_page(visit, fields_sent(request.form), preview=shown)


def _look(visit: Visit) -> Shown:
    try:
        allow(visit.services, visit.account_id, visit.actor, "preview")
        edited = request.form.get("export_id", "")
        if edited.isascii() and edited.isdigit() and len(edited) < 19:
            return _edited(visit, int(edited))
        found = chosen(request.form, visit.actor, today=visit.today)
        choices = continued(visit, found.choices)
        look = previews.preview(visit.services, visit.account_id, choices)
        return _shown(look, look.windows, notes=(found.note, *look.warnings))
    except SluiceError as error:
        refused = told(error)
        return Shown(error=f"{refused.title} {refused.text}".rstrip())


def _edited(visit: Visit, export_id: int) -> Shown:
    """What comes next of an export that is edited; of course it overlaps with itself."""
    export = export_of(visit.services, visit.account_id, export_id)
    choices = edits(visit, export.spec) | {"start_on": visit.today}
    look = previews.preview(visit.services, visit.account_id, choices)
    return _shown(look, tuple(upcoming_windows(look.spec, export.cursor_at)), which="next")


def _shown(
    found: previews.Preview,
    windows: Sequence[Window],
    *,
    notes: Sequence[str] = (),
    which: str = "first",
) -> Shown:
    facts = [
        ("Rows", number(found.rows)),
        ("Bytes", size(found.bytes) + ("" if found.bytes is None else " before compression")),
        ("Files", number(found.files)),
        ("Bytes scanned", size(found.bytes_scanned)),
        ("Estimated cost", f"${found.cost_usd:,.4f} a run" if found.cost_usd else "Nothing"),
    ]
    return Shown(
        sentence=_sentence(found.spec, which),
        windows=_windows(found.spec, windows),
        notes=[each for each in notes if each],
        facts=[(name, value) for name, value in facts if value != NONE],
        names=found.file_names,
        more=max((found.files or 0) - len(found.file_names), 0),
        event=found.shown.event_name or "",
        text=found.shown.text,
        columns=found.shown.columns,
        rows=found.shown.rows,
        rejected=found.shown.rejected,
    )


def _sentence(spec: ExportSpec, which: str) -> str:
    if spec.frequency is Frequency.ONE_TIME:
        what = "all profiles, as they are then" if spec.data_type.is_profiles else "these dates"
        return f"One run, at once: {what}."
    first = (
        "a full base, then what is new or changed"
        if spec.data_type.is_profiles
        else ("the events that arrived in each")
    )
    return f"The {which} three windows ({spec.time_zone}), with {first}:"


def _windows(spec: ExportSpec, windows: Sequence[Window]) -> list[Line]:
    if spec.frequency is Frequency.ONE_TIME:
        if spec.data_type.is_profiles:
            return []
        days = f"{spec.start_on} {DASH} {spec.end_on}"
        text = str(spec.start_on) if spec.start_on == spec.end_on else days
        return [Line(text, f"Whole days in {spec.time_zone}, by the time of the event")]
    settle = settle_delay(spec.frequency)
    return [
        Line(
            f"{ordinal}: {window_words(window, spec.time_zone)}",
            f"runs at {local(window.end_at + settle, spec.time_zone)}",
        )
        for ordinal, window in zip(ORDINALS, windows, strict=False)
    ]
