"""What an export delivered: per day, and per event, as charts and as a table."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from functions.api.pages.charts import per_day
from functions.api.pages.text import number, size
from functions.api.pages.visits import Visit
from shared.domain.local_time import local_date
from shared.jobs.runs_view import counts_by_day

DAYS = 30
# As many as stand beside a chart without making it look small.
RANKS = 7
# A page of a thousand events and thirty days would be heavy.
LINES = 500


@dataclass(frozen=True, slots=True)
class Line:
    """What was delivered of one event and day."""

    event: str
    day: date
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Rank:
    """An event with its rows, and their share of those of the first one in percent."""

    event: str
    rows: int
    share: float


def charts_of(visit: Visit, export_id: int, zone: str) -> dict[str, Any]:
    """The values of the templates; no chart where nothing was delivered lately."""
    today = local_date(visit.now, zone)
    lines = [
        Line(
            "All user properties" if count.event_name is None else count.event_name,
            count.event_date or today - timedelta(days=DAYS),
            count.rows,
            count.bytes,
        )
        for count in counts_by_day(visit.services, visit.account_id, export_id, days=DAYS)
    ]
    if not lines:
        return {"rows_chart": None, "bytes_chart": None, "counts": (), "ranks": ()}
    rows: Counter[date] = Counter()
    stored: Counter[date] = Counter()
    for line in lines:
        rows[line.day] += line.rows
        stored[line.day] += line.bytes
    ranks = _ranks(lines)
    return {
        "rows_chart": per_day("Rows", rows, written=number, last=today, days=DAYS),
        "bytes_chart": per_day("Bytes", stored, written=size, tone="bytes", last=today, days=DAYS),
        "counts": lines[:LINES],
        "more_lines": max(len(lines) - LINES, 0),
        "ranks": ranks[:RANKS],
        "more_events": max(len(ranks) - RANKS, 0),
    }


def _ranks(lines: Sequence[Line]) -> list[Rank]:
    sums: Counter[str] = Counter()
    for line in lines:
        sums[line.event] += line.rows
    most = max(sums.values())
    return [
        Rank(event, rows, round(100 * rows / most, 1) if most else 0.0)
        for event, rows in sums.most_common()
    ]
