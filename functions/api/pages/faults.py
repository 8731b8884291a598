"""Why a run failed, in the catalogue's words, with what to do about it."""

from dataclasses import dataclass

from functions.api.pages.visits import url
from shared import reasons
from shared.domain.health import Health
from shared.domain.import_states import ImportRunStatus
from shared.domain.runs import RunStatus
from shared.reasons import Blame, Reason
from shared.state.import_runs import ImportRun
from shared.state.run_lists import RunSummary

_AFTERWARDS = {
    Blame.CUSTOMER: "Once the cause is mended it is tried again within the hour; Retry plans the "
    "window afresh at once. No window is skipped.",
    Blame.TRANSIENT: "It is tried again by itself; Retry plans the window afresh at once. No "
    "window is skipped.",
    Blame.OURS: "This is no fault of the bucket or its owner. No window is skipped.",
}
_AFTERWARDS_OF_IMPORTS = {
    Blame.CUSTOMER: "Once the cause is mended, press Run now; nothing that changed since the last "
    "good run is missed.",
    Blame.TRANSIENT: "Press Run now, or wait for the next run: it goes on from the last good one.",
    Blame.OURS: "This is no fault of the dataset or its owner. The next run goes on from the last "
    "good one.",
}

# The page behind each guide that the catalogue names.
GUIDES = {"/guide": "guide", "/guide/bigquery": "bigquery_guide"}


@dataclass(frozen=True, slots=True)
class Fault:
    """What a page tells of a failed run."""

    title: str
    # What happened this time, where that is more than the title.
    detail: str
    code: str
    reason: Reason
    afterwards: str
    guide: str


def fault_of(run: RunSummary) -> Fault | None:
    """What went wrong and how to fix it; None for a run that did not fail."""
    if run.status is not RunStatus.FAILED or not run.error_reason:
        return None
    return _told(run.error_reason, run.error_message or "")


def fault_of_import(run: ImportRun) -> Fault | None:
    """The same of a run of an import."""
    if run.status is not ImportRunStatus.FAILED or not run.error_reason:
        return None
    return _told(run.error_reason, run.error_message or "", _AFTERWARDS_OF_IMPORTS)


def fault_of_health(health: Health) -> Fault | None:
    """The same of an export whose windows wait since it fails; None for one that does not fail."""
    return _told(health.reason, "") if health.reason else None


def _told(code: str, message: str, afterwards: dict[Blame, str] = _AFTERWARDS) -> Fault:
    reason = reasons.of(code)
    return Fault(
        title=reason.title,
        detail="" if message in ("", reason.title, reason.message) else message,
        code=code,
        reason=reason,
        afterwards=afterwards[reason.blame],
        guide=guide_link(reason),
    )


def guide_link(reason: Reason) -> str:
    """Where the guide of this account says more; empty where it does not."""
    path, _, place = reason.guide.partition("#")
    return f"{url(GUIDES[path])}#{place}" if place else ""
