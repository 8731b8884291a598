"""How far a run is, in words and as a share that a bar can show."""

from dataclasses import dataclass
from datetime import timedelta

from functions.api.pages.states import DOING
from functions.api.pages.text import number, span
from shared.domain.counted import counted
from shared.domain.progress import Progress
from shared.state.run_lists import RunSummary


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page says of the run under way."""

    stamp: int
    doing: str
    done: int
    total: int
    words: str


def progress_of(run: RunSummary, progress: Progress) -> Shown:
    """Rows where they are counted already, slices before that."""
    parts = []
    if progress.rows_expected is not None:
        parts.append(f"{number(progress.rows_done)} of {counted(progress.rows_expected, 'row')}")
    if progress.slices_total:
        parts.append(f"{progress.slices_done} of {counted(progress.slices_total, 'slice')}")
    if progress.rows_per_s:
        parts.append(f"{counted(progress.rows_per_s, 'row')} a second")
    if progress.left is not None:
        # "Under 1 s" is no less exact than it says.
        about = "about " if progress.left >= timedelta(seconds=1) else ""
        parts.append(f"{about}{span(progress.left)} left")
    return Shown(
        stamp=run.stamp,
        doing=DOING.get(run.status, "waiting"),
        done=progress.rows_done if progress.rows_expected else progress.slices_done,
        total=progress.rows_expected or progress.slices_total or 1,
        words=", ".join(parts) or "Its rows are being counted.",
    )
