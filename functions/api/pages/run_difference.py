"""What the page of a replay shows of its difference to what had been delivered before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.api.pages.text import NONE, number
from shared.domain.comparisons import Level
from shared.domain.counted import counted
from shared.jobs.recounts_view import Comparing, difference_of
from shared.jobs.services import Services

FILES = 50
WHY_FILES = {
    "snapshot-gone": "The rows of the first delivery are no longer kept, so only the files were"
    " compared.",
    "too-large": "Both deliveries together are too large to be compared row by row, so only the"
    " files were compared.",
}
NOT_BY_ROW = "The rows could not be compared, so only the files were."


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference in words and numbers."""

    words: str
    notes: tuple[str, ...] = ()
    files: tuple[Mapping[str, str], ...] = ()
    left_out: int = 0


def run_difference(services: Services, account_id: int, run_id: int) -> Difference | None:
    """The difference of a replay; None for any other run."""
    found = difference_of(services, account_id, run_id)
    if found.state is Comparing.NO_REPLAY:
        return None
    result = found.result
    if result is None:
        return Difference("The comparison is made once the replay is delivered.")
    files = tuple(_file(file) for file in result["files"][:FILES])
    return Difference(_words(result), _notes(result), files, result["files_differ"] - len(files))


def _words(result: Mapping[str, Any]) -> str:
    same, differ = result["files_same"], result["files_differ"]
    files = f"{counted(same, 'file')} the same, {number(differ)} not"
    if result["level"] != Level.ROWS:
        change = counted(result["rows_after"] - result["rows_before"], "row", sign=True)
        return f"{change}, {files}."
    kinds = [f"{number(result[f'rows_{kind}'])} {kind}" for kind in ("added", "missing", "changed")]
    return f"Rows: {', '.join(kinds)}. {files}."


def _notes(result: Mapping[str, Any]) -> tuple[str, ...]:
    notes = []
    if result["level"] != Level.ROWS:
        notes.append(WHY_FILES.get(result["why_files"], NOT_BY_ROW))
    if result["rows_gone"]:
        gone = counted(result["rows_gone"], "missing row is", "missing rows are")
        notes.append(f"{gone} no longer in the warehouse.")
    if result["settings_changed"]:
        notes.append("The settings of the export were changed between the two deliveries.")
    return tuple(notes)


def _file(file: Mapping[str, Any]) -> Mapping[str, str]:
    counts = ("rows_before", "rows_after", "rows_added", "rows_missing", "rows_changed")
    return {
        "event": file["event_name"] or "Profiles",
        "date": file["event_date"] or NONE,
        "index": number(file["file_index"]),
        **{name: number(file[name]) for name in counts},
    }
