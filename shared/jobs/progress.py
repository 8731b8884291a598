"""How far a run is, from what state counts while its slices are written."""

from datetime import datetime

from shared.domain.progress import Progress, progress_at
from shared.state.run_lists import RunSummary


def progress_of(run: RunSummary, now: datetime) -> Progress:
    """The progress of a run; of one that has ended, as it was at its end."""
    return progress_at(
        run.finished_at or now,
        started_at=run.started_at,
        slices_total=run.slices_total,
        slices_open=run.slices_open,
        rows_done=run.rows_written + run.rows_rejected,
        rows_expected=run.rows_expected,
    )
