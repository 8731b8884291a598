"""Shows what a replay delivered else than what had been delivered before."""

from functions.local.output import console, print_table
from shared.domain.comparisons import Level
from shared.domain.counted import counted
from shared.jobs.recounts_view import Comparing, difference_of
from shared.jobs.services import Services

FILES_SHOWN = 40
WORDS = {
    Comparing.NO_REPLAY: "The run is no replay, so there is nothing to compare it with.",
    Comparing.WAITING: "The replay is not compared yet; that is done once it is DONE.",
}


def show_difference(services: Services, account_id: int, run_id: int) -> None:
    """Totals in a sentence, then the files that differ."""
    found = difference_of(services, account_id, run_id)
    result = found.result
    if result is None:
        console.print(WORDS[found.state])
        return
    by_row = result["level"] == Level.ROWS
    told = (
        f"{counted(result['rows_added'], 'row')} added, {result['rows_missing']:,} missing, "
        f"{result['rows_changed']:,} changed"
        if by_row
        else f"{counted(result['rows_after'] - result['rows_before'], 'row', sign=True)}; "
        f"only files were compared ({result['why_files']})"
    )
    console.print(
        f"Against the delivery {result['replaces_stamp']}: {told}; "
        f"{counted(result['files_same'], 'file is', 'files are')} the same and "
        f"{counted(result['files_differ'], 'differs', 'differ')}."
    )
    if result["files"]:
        columns = ["event", "date", "file", "before", "after", "added", "missing", "changed"]
        names = ("event_name", "event_date", "file_index", "rows_before", "rows_after",
                 "rows_added", "rows_missing", "rows_changed")  # fmt: skip
        rows = [[file[name] for name in names] for file in result["files"][:FILES_SHOWN]]
        print_table("Files that differ", columns, rows)
