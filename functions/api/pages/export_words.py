"""An export's settings, and what it waits for, in words."""

from functions.api.pages.run_lines import window_words
from functions.api.pages.states import frequency_words
from functions.api.pages.text import DASH, NONE, local, words
from shared.domain.choices import Compression, Frequency
from shared.domain.specs import ExportSpec
from shared.jobs.list_exports import ExportView


def settings_of(view: ExportView) -> list[tuple[str, str]]:
    """What was chosen, in the order of the form."""
    export = view.row.export
    spec = export.spec
    bucket = view.row.bucket_nickname
    named = [
        ("Name", export.name or ""),
        ("Bucket", f"{bucket} ({spec.bucket})" if bucket else spec.bucket),
        ("Data type", words(spec.data_type)),
        ("Events", ", ".join(spec.events)),
        ("Identifier priority", ", ".join(words(each) for each in spec.identity_priority)),
        ("Frequency", frequency_words(spec)),
        ("Dates", _dates(spec)),
        ("Format", _format(spec)),
        ("Export Data", "As string" if spec.as_string else "Original types"),
        ("Prefix", spec.prefix),
        ("Send to", ", ".join(spec.send_to)),
        ("Time zone", spec.time_zone),
        ("Created", f"{local(export.created_at, spec.time_zone)} by {export.created_by or NONE}"),
        ("Next windows", _windows(view)),
    ]
    return [(name, value) for name, value in named if value]


def waiting_words(view: ExportView) -> str:
    """What happens next with an export that has no run yet."""
    due = view.row.next_due_at
    if due is None:
        return "Its run is recorded within a minute."
    return f"The first window runs on {local(due, view.row.export.spec.time_zone)}."


def _windows(view: ExportView) -> str:
    spec = view.row.export.spec
    if spec.frequency is Frequency.ONE_TIME:
        return ""
    return "; ".join(window_words(each, spec.time_zone) for each in view.windows)


def _dates(spec: ExportSpec) -> str:
    if spec.frequency is not Frequency.ONE_TIME:
        return f"From 12:00 a.m. of {spec.start_on} on"
    if spec.data_type.is_profiles:
        return "As they are at the run"
    return (
        str(spec.start_on)
        if spec.start_on == spec.end_on
        else f"{spec.start_on} {DASH} {spec.end_on}"
    )


def _format(spec: ExportSpec) -> str:
    packed = spec.compression is not Compression.NONE
    text = words(spec.format) + (f", {words(spec.compression)}" if packed else ", not compressed")
    if not spec.first_line:
        text += ", without the first line"
    return text + (", with formula guard" if spec.formula_guard else "")
