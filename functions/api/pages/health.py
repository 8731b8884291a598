"""Health: the figures of an account, what is late or fails and why, and whether Sluice runs."""

from dataclasses import dataclass
from datetime import datetime

from flask.typing import ResponseReturnValue

from functions.api.pages.frame import show
from functions.api.pages.states import State, of_health
from functions.api.pages.text import NONE, number, span
from functions.api.pages.visits import Visit, page
from shared.domain.counted import counted
from shared.domain.figures import Waiting
from shared.domain.health import SystemPart
from shared.jobs.health import Standing, Trouble, account_health
from shared.reasons import of

# More would not be read; the figures count all of them.
SHOWN = 100
PARTS = {
    SystemPart.STATE: "Database",
    SystemPart.MIGRATIONS: "Tables",
    SystemPart.TICK: "Schedule",
    SystemPart.MONITOR: "Monitor",
}
_FINE = State("Fine", "done", "done")
_WRONG = State("Wrong", "failed", "failed")


@dataclass(frozen=True, slots=True)
class Line:
    """One export as the list shows it."""

    id: int
    state: State | None
    since: datetime | None
    windows: int
    lag: str
    # A code of the catalogue and its title; empty for what is late only.
    reason: str
    why: str
    # The same of why nobody could be warned.
    unwarned: str
    unwarned_why: str


@page("/health", "health.get")
def health(visit: Visit) -> ResponseReturnValue:
    """The page, as things stand now."""
    found = account_health(visit.services, visit.actor, visit.account_id)
    return show(
        "health.html",
        fine=found.fine,
        figures=_figures(found),
        lines=[_line(each) for each in found.troubles[:SHOWN]],
        imports=[(each, of(each.reason).title) for each in found.imports],
        imports_more=found.figures.imports_failing - len(found.imports),
        more=max(0, len(found.troubles) - SHOWN),
        parts=[
            (PARTS[each.part], _FINE if each.fine else _WRONG, each.text, each.at)
            for each in found.parts
        ],
        at=found.at,
    )


def _figures(found: Standing) -> list[tuple[str, str, str]]:
    """Each figure with its name and, where a number alone says too little, what else it means."""
    figures, at = found.figures, found.at
    complete = figures.completeness
    share = NONE if complete is None else f"{complete.share:.4%}"
    days = "no day" if complete is None else counted(complete.days, "day")
    lag = f"the latest by {span(figures.lag(at))}" if figures.late else "nothing is late"
    return [
        ("Windows late", number(figures.windows_late), lag),
        ("Incidents open", number(figures.incidents_open), "exports that only you can mend"),
        ("Imports failing", number(figures.imports_failing), "their last run brought nothing"),
        ("Rows delivered", number(figures.rows_delivered), "windows due in the last 24 hours"),
        ("Completeness", share, f"{days} recounted{' yet' if complete is None else ''}"),
        ("E-mails waiting", number(figures.notices.count), _oldest(figures.notices, at)),
        (
            "Webhooks waiting",
            number(figures.webhook_messages.count),
            _oldest(figures.webhook_messages, at),
        ),
    ]


def _oldest(waiting: Waiting, at: datetime) -> str:
    if waiting.since is None:
        return "nothing waits"
    return f"the oldest for {span(at - waiting.since)}"


def _line(trouble: Trouble) -> Line:
    code = trouble.health.reason
    return Line(
        id=trouble.export_id,
        state=of_health(trouble.health),
        since=trouble.health.since,
        windows=trouble.windows,
        lag=span(trouble.lag) if trouble.windows else NONE,
        reason=code,
        why=of(code).title if code else "Its windows wait or are under way",
        unwarned=trouble.unwarned,
        unwarned_why=of(trouble.unwarned).title if trouble.unwarned else "",
    )
