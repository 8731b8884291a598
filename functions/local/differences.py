"""Shows what a replay delivered else than what had been delivered before."""

from functions.local.output import console, print_table
from shared.domain.comparisons import Level
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
        f"{result['rows_added']:,} rows added, {result['rows_missing']:,} missing, "
        f"{result['rows_changed']:,} changed"
        if by_row
        else f"{result['rows_after'] - result['rows_before']:+,} rows; only files were compared "
        f"({result['why_files']})"
    )
    console.print(
        f"Against the delivery {result['replaces_stamp']}: {told}; {result['files_same']:,} files "
        f"are the same and {result['files_differ']:,} differ."
    )
    if result["files"]:
        columns = ["event", "date", "file", "before", "after", "added", "missing", "changed"]
        names = ("event_name", "event_date", "file_index", "rows_before", "rows_after",
                 "rows_added", "rows_missing", "rows_changed")  # fmt: skip
        rows = [[file[name] for name in names] for file in result["files"][:FILES_SHOWN]]
        print_table("Files that differ", columns, rows)
