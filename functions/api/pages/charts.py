"""Charts as plain numbers that a template draws as SVG: no script, no style of their own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import log2

from functions.api.pages.states import bar_tone
from shared.domain.counted import counted
from shared.domain.runs import RunStatus

RUNS_SHOWN = 20
_SPARK_HEIGHT, _STEP = 24, 5
# Where the bars of a chart stand.
LEFT, WIDTH, BASE, TOP = 86, 548, 150, 10


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, in the units of the drawing."""

    x: float
    y: float
    width: float
    height: float
    tone: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """All bars of one tone as one outline: a list draws hundreds of them."""

    tone: str
    path: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar a day with an axis; `words` say what it shows to those who do not see it."""

    words: str
    tone: str
    top: str
    bars: Sequence[Bar]
    marks: Sequence[Bar]


def sparkline(runs: Sequence[tuple[RunStatus, int]]) -> list[Bars]:
    """(status, rows) of the last runs, newest first; drawn oldest first, heights by magnitude."""
    shown = list(reversed(runs[:RUNS_SHOWN]))
    most = max((log2(rows + 1) for _, rows in shown), default=0.0)
    paths: dict[str, str] = {}
    for place, (status, rows) in enumerate(shown, start=RUNS_SHOWN - len(shown)):
        share = log2(rows + 1) / most if most else 0.0
        # A failed run wrote little or nothing and must be seen all the same.
        height = _SPARK_HEIGHT if status is RunStatus.FAILED else 4 + 20 * share
        tone = bar_tone(status)
        # Up, over rounded corners, and down.
        side = f"{height - 1:.3g}"
        bar = f"M{place * _STEP} {_SPARK_HEIGHT}v-{side}q0-1 1-1h2q1 0 1 1v{side}z"
        paths[tone] = paths.get(tone, "") + bar
    return [Bars(tone, path) for tone, path in paths.items()]


def spark_words(runs: Sequence[tuple[RunStatus, int]]) -> str:
    """The same in words."""
    shown = runs[:RUNS_SHOWN]
    failed = sum(status is RunStatus.FAILED for status, _ in shown)
    done = sum(status is RunStatus.DONE for status, _ in shown)
    return f"Last {counted(len(shown), 'run')}: {done} delivered, {failed} failed"


def per_day(
    title: str,
    values: Mapping[date, int],
    *,
    last: date,
    days: int,
    written: Callable[[float], str],
    tone: str = "",
) -> Chart:
    """A bar for each of the `days` up to `last`, days without anything included."""
    dates = [last - timedelta(days=back) for back in range(days - 1, -1, -1)]
    most = max((values.get(day, 0) for day in dates), default=0)
    step = WIDTH / days
    bars, marks = [], []
    for place, day in enumerate(dates):
        value = values.get(day, 0)
        height = round((BASE - TOP) * value / most, 1) if most else 0.0
        if value:
            height = max(height, 1.5)
            words = f"{day:%d %b}: {written(value)}"
            x = round(LEFT + place * step, 1)
            bars.append(Bar(x, BASE - height, round(step * 0.72, 1), height, words=words))
        if place % 7 == (days - 1) % 7:
            # The last one would be cut off at the edge.
            anchor = "end" if place == days - 1 else "middle"
            middle = round(LEFT + place * step + step * (0.72 if anchor == "end" else 0.36), 1)
            marks.append(Bar(middle, 0, 0, 0, anchor, f"{day.day} {day:%b}"))
    total = written(sum(values.get(day, 0) for day in dates))
    words = f"{title}, last {days} days: {total} in all, at most {written(most)} a day"
    return Chart(words, tone, written(most), bars, marks)
