"""The runs of an export as one chart: a bar a run, oldest first, coloured by how it ended."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from functions.api.pages.charts import BASE, LEFT, TOP, WIDTH, Bar, Chart
from functions.api.pages.run_lines import window_words
from functions.api.pages.states import bar_tone, of_run
from functions.api.pages.text import local, number, span
from shared.domain.counted import counted
from shared.domain.runs import ENDED_RUN, RunStatus
from shared.state.run_lists import RunSummary

RUNS_SHOWN = 60
# Two bars side by side say nothing that the table does not say.
RUNS_MIN = 3
# A single bar over the whole width would look like a rule.
_STEP_MAX = 40.0
_LEGEND = (("done", "delivered"), ("failed", "failed"), ("stopped", "stopped"), ("open", "open"))


@dataclass(frozen=True, slots=True)
class Timeline:
    """The chart, and its colours in words with how many there are of each."""

    chart: Chart
    legend: str


def timeline_of(runs: Sequence[RunSummary], zone: str) -> Timeline | None:
    """The runs, which come newest first; None while there are too few to compare."""
    if sum(run.status in ENDED_RUN for run in runs) < RUNS_MIN:
        return None
    shown = list(reversed(runs[:RUNS_SHOWN]))
    most = max(run.rows_written for run in shown)
    step = min(WIDTH / len(shown), _STEP_MAX)
    bars = [_bar(run, place, step, most, zone) for place, run in enumerate(shown)]
    tones = Counter(bar.tone for bar in bars)
    legend = ", ".join(f"{tones[tone]} {words}" for tone, words in _LEGEND if tones[tone])
    words = f"Rows of the last {len(shown)} runs: {legend}; at most {counted(most, 'row')} a run"
    marks = _marks(shown, step, zone)
    return Timeline(Chart(words, "runs", number(most) if most else "", bars, marks), legend)


def _bar(run: RunSummary, place: int, step: float, most: int, zone: str) -> Bar:
    height = (BASE - TOP) * run.rows_written / most if most else 0.0
    if run.status is RunStatus.FAILED:
        # It delivered little or nothing and must be seen all the same.
        height = BASE - TOP
    height = max(round(height, 1), 2.0)
    took = "" if run.duration is None else f", took {span(run.duration)}"
    rows = counted(run.rows_written, "row")
    words = f"{window_words(run.window, zone)}: {of_run(run.status).word}, {rows}{took}"
    x, width = round(LEFT + place * step, 1), round(step * 0.76, 1)
    return Bar(x, BASE - height, width, height, bar_tone(run.status), words)


def _marks(shown: Sequence[RunSummary], step: float, zone: str) -> list[Bar]:
    """When the first and the last of them ran."""
    end = round(LEFT + len(shown) * step, 1)
    first, last = (local(run.due_at, zone) for run in (shown[0], shown[-1]))
    marks = [Bar(LEFT, 0, 0, 0, "start", first)]
    # Two moments side by side need room.
    return [*marks, Bar(end, 0, 0, 0, "end", last)] if end > LEFT + 260 else marks
